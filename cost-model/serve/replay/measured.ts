import type { Benchmark } from '../../../spaces/benchmark.ts'
import type { Delivery } from '../benchmark.ts'
import type { Latencies } from '../open/latencies.ts'
import type { Replayed } from './replay.ts'
import { e2eOf, tpotOf, ttftOf } from './summary.ts'

/** What a replay comes to as a closed form says it: means over requests in seconds, requests per second, requests that hold a seat. */
export interface Measured {
  readonly ttft: number
  /** 0 where nobody has a token after the first. */
  readonly tpot: number
  readonly e2e: number
  readonly requestsPerSecond: number
  readonly running: number
  readonly latencies: Latencies
}

/**
 * The steady state: of the requests that finish from `from` (seconds after the first arrival) until the last one comes, so that none of them
 * saw the burst of the start or the emptying at the end. Undefined: none does.
 *
 * `osl` is the mean output of the workload: that the drawn ones are a little longer or shorter is taken out of the mean E2E, and by Little's
 * law, with as many in the system, out of the rate.
 */
export function steadyOf(replayed: Replayed, from: number, osl: number): Measured | undefined {
  const { arrival, admitted, finish } = replayed.records
  const [start, end] = [arrival[0] + from, arrival.reduce((last, time) => Math.max(last, time), arrival[0])]
  const counted = Array.from(finish.keys()).filter((i) => finish[i] > start && finish[i] <= end)
  if (counted.length === 0) return undefined
  const latencies = latenciesOf(replayed, counted)
  const [ttft, whole, drawn] = [mean(latencies.ttft), mean(latencies.e2e), mean(counted.map((i) => replayed.requests.osl[i]))]
  const e2e = drawn > 1 ? ttft + ((whole - ttft) * (osl - 1)) / (drawn - 1) : whole
  const requestsPerSecond = ((counted.length / (end - start)) * whole) / e2e
  const running = requestsPerSecond * (e2e - mean(counted.map((i) => admitted[i] - arrival[i])))
  return { ttft, tpot: meanTpot(replayed, counted), e2e, requestsPerSecond, running, latencies }
}

/**
 * What a benchmark prints: of all requests but the first `warmUp` per slot, until the last of them ends; a client learns of tokens when the
 * engine hands them over (`delivery`).
 */
export function benchmarkOf(replayed: Replayed, { warmUp }: Benchmark, slots: number, delivery: Delivery): Measured | undefined {
  const { arrival, admitted, finish } = replayed.records
  const counted = Array.from(finish.keys()).slice(Math.round(warmUp * slots))
  if (counted.length === 0) return undefined
  const seen = latenciesOf(replayed, counted)
  const meanStep = meanTpot(replayed, counted)
  const received = (((delivery.receiveInterval ?? 1) - 1) / 2) * meanStep
  const later = counted.map((i, n) => Math.min(replayed.requests.osl[i] - 1, (delivery.streamInterval ?? 1) - 1) * seen.tpot[n]!)
  const ttft = seen.ttft.map((value, n) => value + received + later[n]!)
  const e2e = seen.e2e.map((value) => value + received)
  const tokens = counted.map((i) => replayed.requests.osl[i] - 1)
  const tpot = e2e.map((value, n) => (tokens[n]! > 0 ? (value - ttft[n]!) / tokens[n]! : 0))
  const end = counted.reduce((last, i) => Math.max(last, finish[i]), 0)
  const requestsPerSecond = counted.length / (end - arrival[counted[0]!])
  return {
    ttft: mean(ttft),
    tpot: mean(tpot.filter((_, n) => tokens[n]! > 0)),
    e2e: mean(e2e),
    requestsPerSecond,
    running: requestsPerSecond * mean(counted.map((i) => finish[i] - admitted[i])),
    latencies: { ...seen, ttft, tpot, e2e },
  }
}

function latenciesOf(replayed: Replayed, counted: readonly number[]): Latencies {
  const [ttft, tpot, e2e] = [ttftOf(replayed), tpotOf(replayed), e2eOf(replayed)]
  const of = (values: Float64Array) => counted.map((i) => values[i])
  return {
    ttft: of(ttft),
    // A request of one token waits for none.
    tpot: of(tpot).map((value) => (Number.isNaN(value) ? 0 : value)),
    e2e: of(e2e),
    shares: counted.map(() => 1),
    classOf: counted.map((i) => replayed.requests.classOf?.[i] ?? 0),
    itl: replayed.gaps.lengths,
    itlShares: replayed.gaps.times,
  }
}

function meanTpot(replayed: Replayed, counted: readonly number[]): number {
  const tpot = tpotOf(replayed)
  return mean(counted.map((i) => tpot[i]).filter((value) => !Number.isNaN(value)))
}

/** 0 of nothing. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
