import { serveColocated } from '../colocated.ts'
import { decodedTokens, type StepFunction } from '../load.ts'
import { occupancyLimit } from '../occupancy.ts'
import type { OpenLoad } from './arrivals.ts'

/** A replica with every seat taken and requests waiting for one: requests per second, seconds; preemption included. */
export interface FullReplica {
  readonly seats: number
  readonly rate: number
  readonly tpot: number
  /** Coefficient of variation of the time a seat is held: outputs differ, prefill adds about as much to each. */
  readonly serviceCv: number
  readonly kvBound: boolean
  readonly prefillBound: boolean
}

/** The closed loop with as many requests as can run, and one more. */
export function fullReplica(load: OpenLoad, step: StepFunction): FullReplica {
  const { limit, by } = occupancyLimit({ ...load, concurrency: 1 })
  const seats = Math.max(1, Math.floor(limit))
  const closed = { ...load, perRequest: 0, concurrency: seats + 1 }
  const { requestsPerSecond, tpot, regime } = serveColocated(closed, step)
  const decode = decodedTokens(closed) * tpot
  return {
    seats,
    rate: requestsPerSecond,
    tpot,
    serviceCv: (load.oslCv * decode * requestsPerSecond) / seats,
    kvBound: by === 'kv-bound',
    prefillBound: regime === 'prefill-bound',
  }
}
