import type { FoundPlan } from '../../optimizer/find-plan.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { time } from '../explain-text/quantity.ts'
import { printTable } from '../table.ts'
import { type Done, describeLoad, describeOverload, describeRates } from './words.ts'

const statistics = ['mean', 'p50', 'p90', 'p95', 'p99'] as const

/** What `replay` prints. */
export function printReplay(setting: Setting, { plan, why }: FoundPlan, done: Done): string {
  const overload = describeOverload(done)
  return `${[
    `${setting.name}: ${planKey(plan)}`,
    ...(why === undefined ? [] : [`chosen: ${why}`]),
    describeLoad(done),
    '',
    percentileTable(done),
    '',
    ...describeRates(done),
    ...(overload === undefined ? [] : [overload]),
  ].join('\n')}\n`
}

function percentileTable({ summary }: Done): string {
  const header = ['', ...statistics].map((heading, i) => ({ heading, align: i === 0 ? ('left' as const) : ('right' as const) }))
  const rows = (['ttft', 'tpot', 'itl', 'e2e'] as const).map((name) => [
    name === 'e2e' ? 'end to end' : name.toUpperCase(),
    ...statistics.map((of) => time(summary[name][of])),
  ])
  return printTable(header, rows)
}
