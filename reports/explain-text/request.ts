import type { Explanation, Part, RequestExplanation } from '../../cost-model/explain/explanation.ts'
import { printNumber } from '../number.ts'
import { printTable, type TableColumn } from '../table.ts'
import { change, percent, time } from './quantity.ts'
import { wrapped } from './wrap.ts'

/** What comes to a replica, and what a request's TTFT and TPOT consist of under it. */
export function requestLines({ request }: Explanation): readonly string[] {
  const { ttft, tpot, ttftParts, tpotParts } = request
  const part = (name: string, whole: number | null, some: readonly Part[]) =>
    whole !== null && whole > 0 ? wrapped(`${name} ${parts(whole, some)}`, 5) : []
  return [...wrapped(`under ${loadText(request)}`, 2), ...part('TTFT', ttft, ttftParts), ...part('TPOT', tpot, tpotParts)]
}

/** `a closed loop of 64 requests on each replica` */
export function loadText({ load, concurrency, requestsPerSecond }: RequestExplanation): string {
  const several = (n: number) => `${printNumber(n, 4)} ${n === 1 ? 'request' : 'requests'}`
  if (load === 'closed') return `a closed loop of ${several(concurrency!)} on each replica`
  if (load === 'benchmark') return `the benchmark of the workload, ${several(concurrency!)} at once on each replica`
  const rate = `arrivals of ${printNumber(requestsPerSecond!, 4)} requests/s at each replica`
  return concurrency === null ? `${rate}, more than it serves` : `${rate}, ${printNumber(concurrency, 4)} in its system`
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
