import type { Distribution } from './summary.ts'

/**
 * How long requests waited for a next token, seconds, as counts by length on a logarithmic scale: bounded memory, and lengths of one bin differ by
 * 0.1 % at most. A step of speculative decoding that gives several tokens ends one gap.
 */
export interface Gaps {
  readonly counts: Float64Array
  /** Of the lengths in each bin. */
  readonly sums: Float64Array
  /** Gaps that end now are counted. */
  counting: boolean
}

/** Bins of 0.1 % from 1 us to 10,000 s; what is outside counts in the first or the last. */
const shortest = 1e-6
const width = Math.log(1.001)
const bins = Math.ceil(Math.log(1e10) / width)

export function makeGaps(counting: boolean): Gaps {
  return { counts: new Float64Array(bins), sums: new Float64Array(bins), counting }
}

export function addGap(gaps: Gaps, seconds: number, count: number): void {
  if (!gaps.counting || count === 0) return
  const bin = seconds > shortest ? Math.min(bins - 1, Math.floor(Math.log(seconds / shortest) / width)) : 0
  gaps.counts[bin] += count
  gaps.sums[bin] += count * seconds
}

/** `times` gaps of each of `count` requests, of which each is `growth` longer than the one before: as few lengths as bins tell apart. */
export function addGaps(gaps: Gaps, first: number, growth: number, times: number, count: number): void {
  if (!gaps.counting) return
  const alike = Math.max(1, Math.min(times, Math.floor((width * first) / 2 / Math.max(Math.abs(growth), Number.MIN_VALUE))))
  for (let i = 0; i < times; i += alike) {
    const n = Math.min(alike, times - i)
    addGap(gaps, first + (i + (n - 1) / 2) * growth, n * count)
  }
}

/** The lengths that occur, ascending, and how often each does. */
export interface GapLengths {
  readonly lengths: readonly number[]
  readonly times: readonly number[]
}

export function gapLengths({ counts, sums }: Gaps): GapLengths {
  const [lengths, times] = [[] as number[], [] as number[]]
  for (const [bin, count] of counts.entries()) {
    if (count === 0) continue
    lengths.push(sums[bin]! / count)
    times.push(count)
  }
  return { lengths, times }
}

/** Percentiles are the lengths that such shares do not exceed; all 0 where there is no gap. */
export function gapDistribution({ lengths, times }: GapLengths): Distribution {
  const total = times.reduce((sum, n) => sum + n, 0)
  if (total === 0) return { mean: 0, p50: 0, p90: 0, p95: 0, p99: 0 }
  const below = (share: number) => {
    let [i, sum] = [0, times[0]!]
    while (i < lengths.length - 1 && sum < share * total * (1 - 1e-12)) sum += times[++i]!
    return lengths[i]!
  }
  const mean = lengths.reduce((sum, length, i) => sum + length * times[i]!, 0) / total
  return { mean, p50: below(0.5), p90: below(0.9), p95: below(0.95), p99: below(0.99) }
}
