import type { Stream } from './arrivals.ts'

/** Requests that come while a number of others decode; seconds. */
export interface Trace {
  /** Arrival, with a seat, to first token; the intervals between tokens that follow: `from` which on, less what of it is past. */
  readonly ttft: readonly number[]
  /** Number of the draw that a request's lengths are of. */
  readonly which: readonly number[]
  readonly from: readonly number[]
  readonly past: readonly number[]
  /** Between two steps that decode a request, in turn: so many of so many seconds. */
  readonly counts: readonly number[]
  readonly intervals: readonly number[]
  /** Requests that each of them gives a token. */
  readonly decoders: readonly number[]
  /** An interval without prompts, and the share of the prompts that a request meets which are not its own next one's. */
  readonly plain: number
  readonly foreign: number
}

/** Where requests come from: a stream, or the requests of a closed loop that finish. */
export type Source = { readonly kind: 'open'; readonly stream: Stream } | { readonly kind: 'closed' }

/** The most steps with prompts that are spent on a trace, where prompts are long, beyond so many requests. */
export const mostSteps = 20_000
export const leastTraced = 8

/** Intervals in turn, equal neighbours as one. */
export interface Clock {
  readonly counts: number[]
  readonly intervals: number[]
  readonly decoders: number[]
  /** Intervals so far. */
  steps: number
}

export function newClock(): Clock {
  return { counts: [], intervals: [], decoders: [], steps: 0 }
}

export function pushInterval(clock: Clock, count: number, seconds: number, by: number): void {
  const last = clock.counts.length - 1
  clock.steps += count
  if (last >= 0 && clock.intervals[last] === seconds && clock.decoders[last] === by) {
    clock.counts[last]! += count
    return
  }
  clock.counts.push(count)
  clock.intervals.push(seconds)
  clock.decoders.push(by)
}
