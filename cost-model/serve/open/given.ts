import { computedPrompt, decodedTokens, type Load, tokensPerStep } from '../load.ts'
import { gaps, logNormals } from './random.ts'
import type { Source } from './trace.ts'

/** What the steps of a load are made of, whatever the layout; the same in every call. */
export function given(load: Load, source: Source) {
  const open = source.kind === 'open'
  const decodes = decodedTokens(load) > 0
  return {
    open,
    decodes,
    /** Steps with prompts keep the others waiting. */
    stalls: !load.scheduler.mixedSteps && decodes,
    prompts: load.drawn?.prompts ?? logNormals('prompts', computedPrompt(load), load.islCv),
    /** Times between arrivals. */
    gap: open ? gaps(1 / source.stream.rate, source.stream.cv) : gaps(1, 1),
    /** Share of a decode step's requests that finish with it. */
    finishing: tokensPerStep(load.speculation) / Math.max(1, decodedTokens(load)),
    ranks: Math.max(1, Math.min(load.attentionDp, load.concurrency)),
  }
}
