import { decodeInterval, pipelinedPrefill } from '../pipeline.ts'
import type { StepShape } from '../step.ts'
import { computedPrompt, decodedTokens, type Load, type StepFunction, tokensPerStep } from './load.ts'
import { promptBudget, stepsAlone } from './prompt-queue.ts'
import { noPrompts, shapeOf } from './shape.ts'

/** One static batch: seconds, and output tokens per second of the replica. */
export interface StaticServing {
  readonly ttft: number
  readonly tpot: number
  readonly e2e: number
  readonly outputPerSecond: number
}

/** Prefill of a whole batch, then decode of all of it together: `concurrency` requests that start and end at once. */
export function serveStatic(load: Load, step: StepFunction): StaticServing {
  const batch = load.concurrency
  const ranks = Math.min(load.attentionDp, batch)
  const { steps, shape } = prefillStep(load)
  const ttft = load.perRequest + pipelinedPrefill(step(shape), steps)
  const microbatches = Math.max(1, Math.min(load.pp, batch / ranks))
  const plain = step(shapeOf(load, noPrompts, batch / microbatches, load.isl + load.osl / 2))
  const tpot = decodeInterval(plain, microbatches) / tokensPerStep(load.speculation)
  const e2e = ttft + decodedTokens(load) * tpot
  return { ttft, tpot, e2e, outputPerSecond: (batch * load.osl) / e2e }
}

/** The first step of a batch: as many of its prompt tokens as the budget of each rank takes. */
export function fullPrefill(load: Load): StepShape {
  return prefillStep(load).shape
}

/** Steps that prefill all prompts, spread over the attention-DP ranks, all alike. */
function prefillStep(load: Load): { readonly steps: number; readonly shape: StepShape } {
  const prompt = computedPrompt(load)
  const batch = load.concurrency
  const ranks = Math.min(load.attentionDp, batch)
  const total = (batch / ranks) * prompt
  const steps = stepsAlone(total / promptBudget(load, load.chunk))
  const chunk = total / steps
  return { steps, shape: shapeOf(load, { tokens: ranks * chunk, sequences: ranks * Math.max(1, chunk / prompt), ranks }, 0) }
}
