import type { Arrivals } from './arrivals.ts'
import type { Replayed } from './replay.ts'

/** More came than could be served. Requests per second. */
export interface Overload {
  readonly offered: number
  /** Rate of finishes while requests waited: what the replica can serve. */
  readonly capacity: number
  /** Requests that had no seat yet when the last one came. */
  readonly waiting: number
}

/**
 * Whether a queue grew for as long as requests came: at the last arrival more than one in twenty had no seat yet, more than were running,
 * and more than halfway. A closed loop cannot be overloaded.
 */
export function overloadOf({ records: { arrival, admitted, finish } }: Replayed, arrivals: Arrivals): Overload | undefined {
  if (arrivals.kind === 'closed') return undefined
  const count = arrival.length
  const [start, end] = [arrival[0], arrival[count - 1]]
  const half = (start + end) / 2
  const waiting = pending(arrival, admitted, end)
  const running = pending(admitted, finish, end)
  const before = pending(arrival, admitted, half)
  if (!(end > start) || waiting <= Math.max(count / 20, running, 1.2 * before)) return undefined
  const finished = finish.reduce((sum, time) => sum + (time > half && time <= end ? 1 : 0), 0)
  const capacity = finished > 0 ? finished / (end - half) : count / (finish.reduce((a, b) => Math.max(a, b), 0) - start)
  return { offered: (count - 1) / (end - start), capacity, waiting }
}

function pending(from: Float64Array, to: Float64Array, at: number): number {
  let count = 0
  for (let i = 0; i < from.length; i++) if (from[i] <= at && to[i] > at) count++
  return count
}
