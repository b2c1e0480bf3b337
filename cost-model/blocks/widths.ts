import type { Layout } from '../../spaces/plan.ts'
import type { Phase } from '../graph.ts'

/** Ranks that share the heads of a layer in each part of attention, and what one rank has of queries and cached tokens. */
export interface AttentionWidths {
  /** Projections to Q, K and V. */
  readonly project: number
  /** Attention itself. */
  readonly attend: number
  /** Output projection. */
  readonly output: number
  /** Part of a prompt's queries. */
  readonly queries: number
  /** Part of the cached tokens. */
  readonly tokens: number
}

/**
 * Sequence shards of a prompt become, once it is decoded: for `ring`, shards of the cache by tokens (the query goes to all of them,
 * as in Helix); for `all-to-all`, shards of the heads; for `all-gather`, which keeps the whole cache on every rank, shards of the batch.
 * A cache without heads to cut (`headless`: a latent) cannot be re-sharded by heads in prefill: every rank gathers it.
 */
export function attentionWidths({ tp, sp, spKind, dcp }: Layout, phase: Phase, headless: boolean): AttentionWidths {
  const byHeads = spKind === 'all-to-all' ? tp * sp : tp
  if (phase === 'decode') {
    const byTokens = spKind === 'ring' ? sp : 1
    return { project: byHeads, attend: byHeads, output: byHeads * byTokens, queries: 1, tokens: 1 / (dcp * byTokens) }
  }
  const resharded = spKind === 'all-to-all' && !headless
  return { project: tp, attend: resharded ? byHeads : tp, output: tp, queries: resharded ? 1 : 1 / sp, tokens: 1 }
}
