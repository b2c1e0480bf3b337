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
  const { steps, mean, widest } = prefillSteps(load)
  const ttft = load.perRequest + pipelinedPrefill(step(mean), steps, step(widest))
  const microbatches = Math.max(1, Math.min(load.pp, batch / ranks))
  const plain = step(shapeOf(load, noPrompts, batch / microbatches, load.isl + load.osl / 2))
  const tpot = decodeInterval(plain, microbatches) / tokensPerStep(load.speculation)
  const e2e = ttft + decodedTokens(load) * tpot
  return { ttft, tpot, e2e, outputPerSecond: (batch * load.osl) / e2e }
}

/** The first step of a batch: as many of its prompt tokens as the budget of each rank takes. */
export function fullPrefill(load: Load): StepShape {
  return prefillSteps(load).widest
}

/** Steps that prefill all prompts, spread over the attention-DP ranks: each as full as the budget allows, except the last. */
function prefillSteps(load: Load): { readonly steps: number; readonly mean: StepShape; readonly widest: StepShape } {
  const prompt = computedPrompt(load)
  const batch = load.concurrency
  const ranks = Math.min(load.attentionDp, batch)
  const total = (batch / ranks) * prompt
  const budget = promptBudget(load, load.chunk)
  const steps = stepsAlone(total / budget)
  const of = (chunk: number) => shapeOf(load, { tokens: ranks * chunk, sequences: ranks * Math.max(1, chunk / prompt), ranks }, 0)
  return { steps, mean: of(total / steps), widest: of(Math.min(budget, total)) }
}
