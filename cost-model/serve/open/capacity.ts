import type { CapacityLimit } from '../../column.ts'
import type { StepFunction } from '../load.ts'
import type { OpenLoad } from './arrivals.ts'
import { fullReplica } from './full.ts'

export interface Capacity {
  /** Requests per second above which the queue grows without end. */
  readonly rate: number
  readonly by: CapacityLimit
}

/** A limit binds where a replica with twice as much of it would serve this many times as much. */
const binds = 1.05

/**
 * The closed loop with every seat taken. For a linear step a + b_p p + b_d D + c KV it is the smallest of 1/w, B / (a (P + G - 1) + B w),
 * S / (a (G - 1) + S w) and the same with M / L seats, w the work of a request beside the step's own; less where KV runs out and requests
 * are preempted.
 */
export function capacityOf(load: OpenLoad, step: StepFunction): Capacity {
  const { rate, kvBound } = fullReplica(load, step)
  const gain = (changes: Partial<OpenLoad>) => fullReplica({ ...load, ...changes }, step).rate / rate
  const room = gain(kvBound ? { kvSeats: 2 * load.kvSeats } : { seats: 2 * load.seats })
  const budget = gain({ chunk: 2 * load.chunk })
  const [seat, more] = [kvBound ? 'kv' : 'seats', Math.max(room, budget)] as const
  return { rate, by: more < binds ? 'work' : budget > room ? 'token-budget' : seat }
}
