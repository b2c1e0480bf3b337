import type { Arrivals } from './arrivals.ts'
import { arrivalTimes } from './arrivals.ts'

/** Requests in the order in which they come. Those of a closed loop beyond the first come when another finishes. */
export interface Source {
  /** Seconds; of requests `created` and later not known yet. */
  readonly arrival: Float64Array
  /** Host time between arrival and scheduler. */
  readonly perRequest: number
  readonly planned: number
  created: number
  /** Next of the planned ones, and of those created by a finish. */
  nextPlanned: number
  nextCreated: number
}

/** Writes the times of requests to `arrival` as they become known. */
export function makeSource(arrivals: Arrivals, arrival: Float64Array, perRequest: number, seed: number): Source {
  const times = arrivalTimes(arrivals, arrival.length, seed)
  arrival.fill(Number.NaN)
  arrival.set(times)
  return { arrival, perRequest, planned: times.length, created: times.length, nextPlanned: 0, nextCreated: times.length }
}

/** When the next known request reaches a scheduler; Infinity: none is known. */
export function readyAt(source: Source): number {
  const next = nextOf(source)
  return next < 0 ? Number.POSITIVE_INFINITY : source.arrival[next] + source.perRequest
}

export function takeNext(source: Source): number {
  const next = nextOf(source)
  if (next < source.planned) source.nextPlanned++
  else source.nextCreated++
  return next
}

/** `count` requests finished at `now`: as many come, as long as some are left. */
export function replace(source: Source, count: number, now: number): void {
  for (let i = 0; i < count && source.created < source.arrival.length; i++) source.arrival[source.created++] = now
}

function nextOf({ arrival, planned, created, nextPlanned, nextCreated }: Source): number {
  if (nextPlanned >= planned) return nextCreated < created ? nextCreated : -1
  return nextCreated < created && arrival[nextCreated] < arrival[nextPlanned] ? nextCreated : nextPlanned
}
