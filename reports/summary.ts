import { columns } from '../cost-model/column.ts'
import type { Result } from '../optimizer/result-schema.ts'
import { printGrouped } from './number.ts'
import type { Report } from './report.ts'
import { sureness } from './sureness.ts'
import { printTable, type TableColumn } from './table.ts'

/** Columns of the summary's table of recommended plans. */
const always = ['ttft_ms', 'tpot_ms', 'out_tok_s_per_gpu', 'concurrency', 'usd_per_mtok_out', 'headroom_gib', 'confidence']

/** More reasons than this are left to result.json. */
const mostReasons = 8

/** What a person sees in the terminal after a run: what was asked, what to deploy and why, what became of the rest. */
export function printSummary(report: Report, result: Result): string {
  const facts = report.facts.map(([label, value]) => `  ${label.padEnd(12)} ${value}`)
  const { counts } = result
  const lines = [
    report.title,
    ...facts,
    '',
    `${printGrouped(counts.decided)} plans: ${printGrouped(counts.evaluated)} evaluated, ${printGrouped(counts.meeting)} meet every limit, ${result.front.length} on the front`,
    ...reasons(result),
    ...replayed(report),
    ...report.notes.map((note) => `\nnote: ${note}`),
    ...recommended(report, result),
  ]
  return `${lines.join('\n')}\n`
}

function reasons({ counts: { byReason } }: Result): readonly string[] {
  const listed = byReason.slice(0, mostReasons).map((r) => `  ${printGrouped(r.plans).padStart(12)}  ${r.reason}: ${r.example}`)
  const rest = byReason.length - listed.length
  return rest > 0 ? [...listed, `  ${''.padStart(12)}  and ${rest} more reasons in result.json`] : listed
}

function replayed({ replay }: Report): readonly string[] {
  if (replay === undefined) return []
  const header = replay.gapHeadings.map((heading, i): TableColumn => ({ heading, align: i === 0 ? 'left' : 'right' }))
  return ['', ...replay.sentences, ...(replay.gaps.length === 0 ? [] : ['', printTable(header, replay.gaps)])]
}

function recommended({ replay }: Report, { recommended: plans }: Result): readonly string[] {
  if (plans.length === 0) return []
  const shown = replay === undefined ? always : [...always, 'fidelity']
  const header: readonly TableColumn[] = [
    { heading: 'recommended for', align: 'left' },
    ...shown.map((heading) => ({ heading, align: 'right' as const })),
  ]
  const cells = shown.map((name) => columns.find((c) => c.name === name)).filter((c) => c !== undefined)
  const rows = plans.map((p) => [p.goal, ...cells.map((c) => short(p.values[c.name]))])
  return ['', printTable(header, rows), '', ...plans.flatMap((p) => [`${p.goal}: ${p.plan}`, `  ${p.why}`, `  ${sureness(p.values)}`])]
}

function short(value: number | string | null | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : (value ?? '-')
}
