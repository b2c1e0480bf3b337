import type { StepShape } from '../step.ts'
import { computedPrompt, type Load, meanContext, stepWidth } from './load.ts'
import type { Prompts } from './share.ts'

export const noPrompts: Prompts = { tokens: 0, sequences: 0, ranks: 1 }

/**
 * A step with these prompts beside `decoding` requests. Chunks stand in the middle of their prompt, decodes in the middle of their output.
 * A speculating sequence counts as one per token it verifies, each with its part of the context.
 */
export function shapeOf(load: Load, prompts: Prompts, decoding: number, context = meanContext(load)): StepShape {
  const prompt = computedPrompt(load)
  const width = stepWidth(load.speculation)
  const chunk = prompts.sequences > 0 ? prompts.tokens / prompts.sequences : 0
  return {
    prefillTokens: prompts.tokens,
    prefillSequences: prompts.tokens > 0 ? prompts.sequences : 0,
    prefillRanks: prompts.ranks,
    prefillContext: prompts.tokens > 0 ? load.isl - prompt + Math.max(0, prompt - chunk) / 2 : 0,
    decodeSequences: decoding * width,
    decodeContext: decoding > 0 ? context / width : 0,
    ...(width > 1 && { decodeWidth: width }),
  }
}
