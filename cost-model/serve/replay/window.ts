import type { Source } from './source.ts'

/** Part of a run that is looked at: from all of these on, until the last request comes or (`toEnd`) the last one finishes. */
export interface Window {
  /** Requests that finished, and that came. */
  readonly finished?: number
  readonly came?: number
  /** Seconds since the first request came. */
  readonly seconds?: number
  readonly toEnd?: boolean
}

/** Whether a step that ends at `now`, `finished` requests after the first, is inside. */
export function insideWindow(window: Window | undefined, sources: readonly Source[], finished: number, now: number): boolean {
  if (window === undefined) return true
  const { finished: ended = 0, came: arrivals = 0, seconds = 0, toEnd = false } = window
  if (finished < ended || now < sources[0].arrival[0] + seconds) return false
  let [came, all] = [0, 0]
  for (const source of sources) {
    came += source.nextPlanned + source.nextCreated - source.planned
    all += source.arrival.length
  }
  return came >= arrivals && (toEnd || came < all)
}
