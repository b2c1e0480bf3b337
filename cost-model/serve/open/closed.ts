import { serveColocated } from '../colocated.ts'
import { type Load, type StepFunction, tokensPerStep } from '../load.ts'
import { fullReplica } from './full.ts'
import type { Latencies } from './latencies.ts'
import { mix } from './mix.ts'
import { block } from './random.ts'
import { runOf } from './run.ts'

/** Requests that they are taken of. */
const most = 8 * block

/**
 * Latencies of a closed loop: the same steps with a fixed number of requests, each replaced when it finishes. Those for which there is no seat
 * wait for as many to finish as stand before them. Requests that finish together are taken to be strangers: a benchmark that starts all at
 * once stays in lock-step for a while.
 */
export function closedLatencies(load: Load, step: StepFunction): Latencies {
  const { seats, tpot } = fullReplica(load, step)
  const { queue } = serveColocated(load, step)
  const running = Math.min(load.concurrency, seats)
  const seated = { ...load, concurrency: running }
  const run = runOf(seated, running, { kind: 'closed' }, step, most)
  const waits = load.concurrency > seats
  const full = {
    share: waits ? 1 : 0,
    k: running,
    wait: { mean: queue, of: load.concurrency - running },
    pace: tpot * tokensPerStep(load.speculation),
  }
  return mix({ shares: new Map(waits ? [] : [[running, 1]]), full }, () => run, load.perRequest)
}
