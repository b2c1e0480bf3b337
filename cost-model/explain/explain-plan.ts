import { type ColocatedPlan, replicaGpus } from '../../spaces/plan.ts'
import { withHost } from '../host.ts'
import { serveLoaded } from '../loaded.ts'
import { memoryAt } from '../memory.ts'
import { preparing } from '../prepare.ts'
import type { Scenario } from '../scenario.ts'
import type { StepFunction } from '../serve/load.ts'
import { fullPrefill } from '../serve/static.ts'
import { type StepShape, stepTime } from '../step.ts'
import type { Explanation, MemoryExplanation } from './explanation.ts'
import { memoryExplanation } from './memory.ts'
import { explainPhase } from './phase.ts'
import { explainRequest } from './request.ts'
import { whatHelps } from './what-helps.ts'

/** Bytes per GPU of a plan, which need not fit. */
export function explainMemory(scenario: Scenario, plan: ColocatedPlan): MemoryExplanation {
  return memoryExplanation(scenario.model, preparing(scenario)(plan).layoutMemory, plan)
}

/** The parts of what `evaluate` says of a plan that fits in memory. */
export function explainPlan(scenario: Scenario, plan: ColocatedPlan): Explanation {
  const { layoutMemory, model, request, replicas } = preparing(scenario)(plan)
  const load = { ...request, concurrency: plan.batch, chunk: plan.chunk, kvSeats: memoryAt(layoutMemory, plan).seats.reserved }
  let decode: StepShape | undefined
  const step: StepFunction = (shape) => {
    if (shape.prefillTokens === 0) decode = shape
    return withHost(scenario.engine, stepTime(model, shape), shape, load.attentionDp)
  }
  const loaded = serveLoaded(scenario, load, step, replicas)
  const decoding = decode!
  return {
    phases: [explainPhase(scenario, model, 'prefill', fullPrefill(load)), explainPhase(scenario, model, 'decode', decoding)],
    memory: memoryExplanation(scenario.model, layoutMemory, plan),
    request: explainRequest(loaded, load, step, replicaGpus(plan.layout)),
    whatHelps: whatHelps(scenario, plan),
  }
}
