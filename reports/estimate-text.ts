import { columns } from '../cost-model/column.ts'
import type { StaticServing } from '../cost-model/serve/static.ts'
import type { Estimate } from '../optimizer/estimate.ts'
import { resultVersion } from '../optimizer/result-schema.ts'
import type { Setting } from '../optimizer/setting.ts'
import { jsonRow } from '../optimizer/values.ts'
import { planKey } from '../spaces/plan-key.ts'
import { studyFacts } from './facts.ts'
import { printNumber, printValue } from './number.ts'
import { printTable } from './table.ts'

/** One plan's prediction as a person reads it: what was assumed, every column with its meaning, and what stands in the way. */
export function printEstimate(setting: Setting, { plan, row, rejected, misses, batchAlone }: Estimate): string {
  const facts = studyFacts(setting)
    .filter(([label]) => label !== 'objectives')
    .map(([label, value]) => `  ${label.padEnd(12)} ${value}`)
  const header = [
    { heading: 'column', align: 'left' },
    { heading: 'value', align: 'right' },
    { heading: 'meaning', align: 'left' },
  ] as const
  const rows = columns.flatMap((c, i) =>
    Number.isNaN(row[i]) ? [] : [[c.name, printValue({ ...c, digits: Math.min(c.digits, 5) }, row[i]), c.doc]],
  )
  const alone = batchAlone === null ? [] : ['', `as one static batch on one replica: ${printStatic(batchAlone)}`]
  const table = rows.length === 0 ? [] : [printTable(header, rows)]
  const verdict = rejected === null ? misses.map((m) => `misses: ${m.message}`) : [`rejected: ${rejected.message} (${rejected.code})`]
  return `${[planKey(plan), ...facts, '', ...table, ...alone, ...setting.warnings.map((w) => `note: ${w}`), ...verdict].join('\n')}\n`
}

/** The same for machines. */
export function estimateJson({ plan, row, rejected, misses, batchAlone }: Estimate): object {
  const staticBatch = batchAlone === null ? null : staticJson(batchAlone)
  return { schemaVersion: resultVersion, plan: planKey(plan), rejected, misses, values: jsonRow(row), staticBatch }
}

function staticJson({ ttft, tpot, e2e, outputPerSecond }: StaticServing) {
  const round = (value: number) => Number(value.toPrecision(6))
  return { ttft_ms: round(ttft * 1e3), tpot_ms: round(tpot * 1e3), e2e_ms: round(e2e * 1e3), out_tok_s: round(outputPerSecond) }
}

function printStatic(batch: StaticServing): string {
  return Object.entries(staticJson(batch))
    .map(([name, value]) => `${name} ${printNumber(value, 5)}`)
    .join(', ')
}
