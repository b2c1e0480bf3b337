import type { Load, StepFunction } from '../load.ts'
import { gatedSteps } from './gated.ts'
import { paceOf } from './pace.ts'
import { pipelinedSteps } from './pipelined.ts'
import { type Requests, requestsOf } from './requests.ts'
import type { Source } from './trace.ts'

/** Some requests of a replica in which so many decode: steps of one stage, or of lanes that take turns in a pipeline. */
export function runOf(load: Load, decoding: number, source: Source, step: StepFunction, requests: number): Requests {
  const pace = paceOf(load, decoding, step)
  const trace = (load.pp > 1 ? pipelinedSteps : gatedSteps)(load, decoding, pace, source, requests)
  return requestsOf(load, trace)
}
