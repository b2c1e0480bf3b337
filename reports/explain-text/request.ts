import type { Explanation, Part } from '../../cost-model/explain/explanation.ts'
import { printTable, type TableColumn } from '../table.ts'
import { change, percent, time } from './quantity.ts'
import { wrapped } from './wrap.ts'

/** What a request's TTFT and TPOT consist of. */
export function requestLines({ request: { ttft, tpot, ttftParts, tpotParts } }: Explanation): readonly string[] {
  return [...wrapped(`TTFT ${parts(ttft, ttftParts)}`, 5), ...(tpot > 0 ? wrapped(`TPOT ${parts(tpot, tpotParts)}`, 5) : [])]
}

/** Parts of nothing are left out. */
function parts(whole: number, some: readonly Part[]): string {
  const shown = some.filter(({ seconds }) => seconds !== 0).toSorted((a, b) => b.seconds - a.seconds)
  return `${time(whole)} = ${shown.map(({ name, seconds }) => `${name} ${time(seconds)} (${percent(seconds / whole)})`).join(' + ')}`
}

const header: readonly TableColumn[] = [
  { heading: 'WHAT WOULD HELP', align: 'left' },
  ...['TTFT', 'TPOT', 'output tokens/s'].map((heading) => ({ heading, align: 'right' as const })),
]

export function helpLines({ whatHelps }: Explanation): readonly string[] {
  const rows = whatHelps.map(({ name, changes }) => [
    `  10 % ${name.endsWith('overhead') ? 'less' : 'more'} ${name}`,
    change(changes.ttft_ms),
    change(changes.tpot_ms),
    change(changes.out_tok_s_per_gpu),
  ])
  return printTable(header, rows).split('\n')
}
