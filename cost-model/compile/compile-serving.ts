import type { ColocatedPlan } from '../../spaces/plan.ts'
import { withHost } from '../host.ts'
import { memoryAt } from '../memory.ts'
import { loadOf, preparing } from '../prepare.ts'
import type { Scenario } from '../scenario.ts'
import { serveColocated } from '../serve/colocated.ts'
import type { StepFunction } from '../serve/load.ts'
import { stepSeconds } from '../step.ts'
import { compileLayout } from './compile-layout.ts'

/** What a row of a served point holds, in this order: seconds, and of one replica requests per second and requests that run. */
export const servedFields = ['ttft', 'tpot', 'e2e', 'requestsPerSecond', 'running'] as const

/** Batches and chunks, a point each, of one layout. */
export interface ServedPoints {
  readonly batch: ArrayLike<number>
  readonly chunk: ArrayLike<number>
}

/**
 * The closed loop of `evaluate` for many batches and chunks of a plan's layout: the same formulas over compiled steps. Writes a row of
 * `servedFields` per point, NaN where nothing fits in memory.
 */
export function compileServing(scenario: Scenario, plan: ColocatedPlan): (points: ServedPoints, rows: Float64Array) => void {
  const prepared = preparing(scenario)(plan)
  const model = compileLayout(prepared.model)
  const { attentionDp } = prepared.load
  const step: StepFunction = (shape) => withHost(scenario.engine, stepSeconds(model, shape), shape, attentionDp)
  const seats = seatsByChunk(prepared.layoutMemory)
  return ({ batch, chunk }, rows) => {
    for (let i = 0, at = 0; i < batch.length; i++, at += servedFields.length) {
      const fits = seats(chunk[i]!)
      if (fits === undefined) {
        rows.fill(Number.NaN, at, at + servedFields.length)
        continue
      }
      const served = serveColocated(loadOf(prepared, { batch: batch[i]!, chunk: chunk[i]! }, fits), step)
      rows[at] = served.ttft
      rows[at + 1] = served.tpot
      rows[at + 2] = served.e2e
      rows[at + 3] = served.requestsPerSecond
      rows[at + 4] = served.running
    }
  }
}

/** Requests whose KV fits, by chunk: no batch changes it. Undefined where the plan does not fit. */
function seatsByChunk(layout: Parameters<typeof memoryAt>[0]): (chunk: number) => number | undefined {
  const known = new Map<number, number | undefined>()
  return (chunk) => {
    if (!known.has(chunk)) {
      const { verdict, seats } = memoryAt(layout, { batch: 1, chunk })
      known.set(chunk, verdict === null ? seats.reserved : undefined)
    }
    return known.get(chunk)
  }
}
