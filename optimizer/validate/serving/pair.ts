import { at } from '../../../cost-model/column.ts'
import type { Evaluator } from '../../../cost-model/evaluate.ts'
import { lengthMoments } from '../../../spaces/length.ts'
import type { DisaggregatedPlan } from '../../../spaces/plan.ts'
import type { Reason } from '../../../spaces/reason.ts'
import type { Point } from './point.ts'

/**
 * A pair with the measured number of requests in all its stages. Our closed loops state how many decode on each decode worker: those that
 * leave so many in the system are found by bisection. What the pair cannot take beyond that waits for prefill at the rate that it has.
 */
export function evaluatePair(point: Point, plan: DisaggregatedPlan, evaluator: Evaluator, values: Float64Array): Reason | null {
  const concurrency = point.concurrency
  const atBatch = (batch: number) => evaluator.evaluate({ ...plan, decode: { ...plan.decode, batch } }, values, 0)
  let [low, high] = [1, Math.max(2, 2 * Math.ceil(concurrency / plan.decodeWorkers))]
  const refused = atBatch(low)
  if (refused !== null) return refused
  for (let i = 0; i < 16; i++) {
    const middle = Math.sqrt(low * high)
    if (atBatch(middle) === null && values[at.concurrency]! <= concurrency) low = middle
    else high = middle
  }
  atBatch(low)
  const waiting = Math.max(0, concurrency - values[at.concurrency]!) / values[at.req_s]!
  values[at.ttft_ms] = values[at.ttft_ms]! + waiting
  const tokens = lengthMoments(point.scenario.workload.osl).mean - 1
  values[at.e2e_ms] = values[at.ttft_ms]! + tokens * values[at.tpot_ms]!
  return null
}
