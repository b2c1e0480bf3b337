import { headCounts } from './heads.ts'
import type { Breach, Rule } from './rule.ts'

/**
 * KV of the same heads is what DCP spreads, so it needs ranks that would hold the same heads (vLLM's check of its parallel
 * configuration; an MLA latent counts as one KV head, which makes any divisor of tp legal). It adds no GPUs.
 */
export const decodeContext: Rule = {
  name: 'decode-context',
  why: 'Decode context parallelism spreads the tokens of KV heads that TP would otherwise replicate, over ranks of the TP group.',
  needs: ['attention'],
  check: ({ model, engine, plan, role }) => {
    const { tp, dcp } = plan.layout
    if (dcp === 1) return null
    const broken = (cause: string, more: Readonly<Record<string, number>> = {}): Breach => ({
      message: `decode context parallelism ${dcp}: ${cause}`,
      numbers: { dcp, tp, ...more },
    })
    if (!engine.parallel.decodeContext) return broken(`${engine.name} has none`)
    if (engine.parallel.decodeContext !== true && role !== 'decode') return broken(`${engine.name} has it on separate decode workers only`)
    if (tp % dcp !== 0) return broken(`it must divide TP ${tp}`)
    // Recurrent layers keep no tokens to spread.
    for (const { query, kv } of headCounts(model, 'tokens')) {
      const repeats = Math.floor(tp / kv)
      if (tp <= kv) return broken(`TP ${tp} must exceed the ${kv} KV heads`, { kvHeads: kv })
      if (dcp > repeats) return broken(`TP ${tp} replicates ${kv} KV heads only ${repeats} times`, { kvHeads: kv })
      if ((query / kv) % dcp !== 0) return broken(`it must divide the ${query / kv} query heads per KV head`, { heads: query, kvHeads: kv })
    }
    return null
  },
}
