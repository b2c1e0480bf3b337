import type { Statistic } from '../../spaces/benchmark.ts'
import type { Benchmarked } from './benchmark.ts'
import { decodedTokens, type Load, type StepFunction } from './load.ts'
import { closedLatencies } from './open/closed.ts'
import { type Latencies, quantiles } from './open/latencies.ts'

/** Latencies over the requests of a benchmark: those of its burst as they stand, the others spread about their mean as in a closed loop. */
export function benchmarkLatencies(
  load: Load,
  { start, first: ofBurst, firstShare: burst, ttft, tpot }: Benchmarked,
  step: StepFunction,
): Latencies {
  const loop = closedLatencies(load, step)
  const total = loop.shares.reduce((sum, share) => sum + share, 0)
  const ofLoop = loop.ttft.reduce((sum, value, i) => sum + value * loop.shares[i]!, 0) / total
  const later = burst < 1 ? (ttft - burst * ofBurst) / (1 - burst) : ofLoop
  const scaled = loop.ttft.map((value) => (value * later) / ofLoop)
  // The mean of a burst with the waits for seats that it knows; what remains is spread over its staircase.
  const first = start.first.map((at) => (at * ofBurst) / start.mean)
  const tokens = decodedTokens(load)
  return {
    ttft: [...first, ...scaled],
    tpot: [...first.map(() => tpot), ...loop.tpot],
    e2e: [...first.map((at) => at + tokens * tpot), ...loop.e2e.map((value, i) => value - loop.ttft[i]! + scaled[i]!)],
    shares: [...first.map(() => burst / first.length), ...loop.shares.map((share) => ((1 - burst) * share) / total)],
    // A benchmark's requests are of one class.
    classOf: [...first.map(() => 0), ...loop.classOf],
    itl: loop.itl,
    itlShares: loop.itlShares,
  }
}

const shareOf: Readonly<Record<Exclude<Statistic, 'mean'>, number>> = { median: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 }

/** The latencies that a benchmark prints, by its statistic. */
export function printed(latencies: Latencies, statistic: Exclude<Statistic, 'mean'>): Pick<Benchmarked, 'ttft' | 'tpot' | 'e2e'> {
  const of = (name: 'ttft' | 'tpot' | 'e2e') => quantiles(latencies, name, [shareOf[statistic]])[0]!
  return { ttft: of('ttft'), tpot: of('tpot'), e2e: of('e2e') }
}
