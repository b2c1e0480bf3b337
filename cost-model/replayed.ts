import { at, columns } from './column.ts'
import { putLatencies } from './latency.ts'
import { type Put, putFidelity, putMoney, putServing, type UsedGpus } from './row.ts'
import type { Scenario } from './scenario.ts'
import type { Load } from './serve/load.ts'
import { splitStream } from './serve/open/arrivals.ts'
import type { Measured } from './serve/replay/measured.ts'
import { printed } from './serve/statistic.ts'

/** What serves: replicas, or (as one) the workers of a pair; the GPUs of all, by pool; means of its requests. */
export interface Deployed {
  readonly replicas: number
  readonly parts: readonly UsedGpus[]
  readonly request: Pick<Load, 'isl' | 'osl'>
}

/** `overloaded`: more came than the replica could serve, which is `requestsPerSecond`. */
export type ReplicaServed =
  | { readonly kind: 'served'; readonly measured: Measured }
  | { readonly kind: 'overloaded'; readonly requestsPerSecond: number }

/** Columns that a replay writes or leaves empty. The others stay as the closed form has them, the capacity under an SLO among them. */
const ofServing = columns.flatMap(({ name }, i) =>
  /^(ttft|tpot|e2e|itl)_ms|^tok_s_per_user$|^goodput_req_s$|^class_slo_/.test(name) ? [i] : [],
)

/** Writes what a replay of one replica found over the closed form's latencies, rates, money and energy. */
export function putReplayed(
  put: Put,
  { arrivals, asked, workload }: Scenario,
  { replicas, parts, request }: Deployed,
  served: ReplicaServed,
): void {
  const gpus = parts.reduce((sum, part) => sum + part.gpus, 0)
  for (const position of ofServing) put(position, Number.NaN)
  putFidelity(put, 'replay')
  if (served.kind === 'overloaded') {
    const none = { ttft: Number.NaN, tpot: Number.NaN, e2e: Number.NaN, running: Number.NaN }
    const rates = putServing(put, { ...none, requestsPerSecond: served.requestsPerSecond }, request, replicas, gpus)
    putMoney(put, parts, rates)
    return
  }
  put(at.capacity_bound, Number.NaN)
  const { measured } = served
  // What arrives is finished, but for the chance of a window.
  const requestsPerSecond = arrivals === undefined ? measured.requestsPerSecond : splitStream(arrivals, replicas).rate
  const statistic = workload.benchmark?.statistic ?? 'mean'
  const shown = statistic === 'mean' ? measured : printed(measured.latencies, statistic)
  const rates = putServing(put, { ...measured, ...shown, requestsPerSecond }, request, replicas, gpus)
  put(at.concurrency, replicas * requestsPerSecond * measured.e2e)
  putMoney(put, parts, rates)
  if (asked !== undefined) putLatencies(put, measured.latencies, request, asked.slo, replicas * requestsPerSecond)
}

/** The replay's values beyond those of the closed form. */
export function putGaps(put: Put, closed: ArrayLike<number>, replayed: ArrayLike<number>): void {
  const gaps = [
    [at.ttft_gap_percent, at.ttft_ms],
    [at.tpot_gap_percent, at.tpot_ms],
    [at.out_tok_s_gap_percent, at.out_tok_s],
  ] as const
  for (const [gap, of] of gaps) put(gap, replayed[of]! / closed[of]! - 1)
}
