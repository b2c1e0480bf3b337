import type { StepShape } from './counts.ts'

/** Steps of a draft module, so many alike. */
export interface DraftStep {
  readonly shape: StepShape
  readonly times: number
}

/**
 * What drafting adds to a step: the module goes through all that the model went through, prompts included, for its own KV and the first draft;
 * then, one after another, through one token of each request for every further draft. Cached graphs and padding are as the model's.
 */
export function draftSteps(depth: number, shape: StepShape): readonly DraftStep[] {
  const width = shape.decodeWidth ?? 1
  const requests = shape.decodeSequences / width
  const first = { shape, times: 1 }
  if (requests === 0 || depth === 1) return [first]
  const next = {
    prefillTokens: 0,
    prefillSequences: 0,
    prefillContext: 0,
    decodeSequences: requests,
    decodeContext: shape.decodeContext * width,
  }
  return [first, { shape: next, times: depth - 1 }]
}
