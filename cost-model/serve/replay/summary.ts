import { gapDistribution } from './gaps.ts'
import type { Replayed } from './replay.ts'

/** Mean and percentiles over requests (linear between ranks, as numpy's default). */
export interface Distribution {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
}

/** Most that users accept, seconds; absent: anything. */
export interface ReplaySlo {
  readonly ttft?: number | undefined
  readonly tpot?: number | undefined
  readonly e2e?: number | undefined
}

/** What a replay comes to. Seconds, requests and tokens per second over the makespan. */
export interface ReplaySummary {
  readonly ttft: Distribution
  /** Of requests with more than one output token. */
  readonly tpot: Distribution
  readonly e2e: Distribution
  /** Over gaps between two steps that give a request tokens; 0 where there is none. */
  readonly itl: Distribution
  readonly requestsPerSecond: number
  readonly outputTokensPerSecond: number
  /** Share of requests within every limit of the SLO (their class's where it has one), and how many come out per second. */
  readonly attainment: number
  readonly goodput: number
  readonly preemptions: number
  readonly makespan: number
}

export function ttftOf({ records: { arrival, first } }: Replayed): Float64Array {
  return first.map((time, i) => time - arrival[i])
}

/** NaN for a request of one output token. */
export function tpotOf({ records: { first, finish }, requests: { osl } }: Replayed): Float64Array {
  return finish.map((time, i) => (osl[i] > 1 ? (time - first[i]) / (osl[i] - 1) : Number.NaN))
}

export function e2eOf({ records: { arrival, finish } }: Replayed): Float64Array {
  return finish.map((time, i) => time - arrival[i])
}

export function summarise(replayed: Replayed, slo: ReplaySlo = {}, ofClass: readonly (ReplaySlo | undefined)[] = []): ReplaySummary {
  const { makespan, records, requests } = replayed
  const [ttft, tpot] = [ttftOf(replayed), tpotOf(replayed)]
  const count = ttft.length
  const good = goodOf(replayed, slo, ofClass).reduce((sum, met) => sum + met, 0)
  return {
    ttft: distribution(ttft),
    tpot: distribution(tpot.filter((value) => !Number.isNaN(value))),
    e2e: distribution(e2eOf(replayed)),
    itl: gapDistribution(replayed.gaps),
    requestsPerSecond: count / makespan,
    outputTokensPerSecond: requests.osl.reduce((sum, tokens) => sum + tokens, 0) / makespan,
    attainment: good / count,
    goodput: good / makespan,
    preemptions: records.preemptions.reduce((sum, n) => sum + n, 0),
    makespan,
  }
}

/** 1 for a request within its SLO, else 0. */
function goodOf(replayed: Replayed, slo: ReplaySlo, ofClass: readonly (ReplaySlo | undefined)[]): Uint8Array {
  const { classOf } = replayed.requests
  const [ttft, tpot, e2e] = [ttftOf(replayed), tpotOf(replayed), e2eOf(replayed)]
  return new Uint8Array(ttft.length).map((_, i) => {
    const own = ofClass[classOf?.[i] ?? 0] ?? slo
    // NaN, of a request of one token, exceeds no limit.
    return exceeds(ttft[i], own.ttft) || exceeds(tpot[i], own.tpot) || exceeds(e2e[i], own.e2e) ? 0 : 1
  })
}

function exceeds(value: number, limit = Number.POSITIVE_INFINITY): boolean {
  return value > limit
}

/** By class, the share of its requests within their SLO. */
export function sharesWithin(replayed: Replayed, slo: ReplaySlo, ofClass: readonly (ReplaySlo | undefined)[]): readonly number[] {
  const [good, all] = [[] as number[], [] as number[]]
  for (const [i, met] of goodOf(replayed, slo, ofClass).entries()) {
    const c = replayed.requests.classOf?.[i] ?? 0
    good[c] = (good[c] ?? 0) + met
    all[c] = (all[c] ?? 0) + 1
  }
  return all.map((count, c) => good[c] / count)
}

/** All 0 where there is nothing. */
export function distribution(values: Float64Array): Distribution {
  const sorted = values.toSorted()
  const mean = sorted.length === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { mean, p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) }
}

/** Of ascending values. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return 0
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below] + (at - below) * (sorted[above] - sorted[below])
}
