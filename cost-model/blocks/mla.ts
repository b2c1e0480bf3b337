import type { Mla } from '../../spaces/attention/mla.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import { arithmetic, compute, cut, type Draft, goTo, join, mark, pick, product } from './draft.ts'
import { score } from './indexer.ts'
import { attend, cacheBytes, projectOut, shareKeys, updateCache } from './softmax.ts'
import { type AttentionWidths, attentionWidths } from './widths.ts'

/**
 * Multi-head latent attention: K and V of all heads are expanded from the latent for the many queries of a prompt; a decode step (and
 * sparse attention, whose keys differ per query) instead folds the expansion into queries and outputs and attends to latents.
 */
export function mlaBlock(draft: Draft, a: Mla, tensors: readonly Tensor[]): void {
  const widths = attentionWidths(draft.site.layout, draft.site.phase, true)
  const input = mark(draft)
  if (a.gate) product(draft, 'attn.gate_proj', pick(tensors, 'g_proj'), widths.output, cut(draft, widths.output, 'heads'))
  const gate = mark(draft)
  goTo(draft, input)
  latents(draft, a, tensors)
  const absorbed = draft.site.phase === 'decode' || a.indexer !== undefined
  if (absorbed) attendLatents(draft, a, tensors, widths)
  else attendExpanded(draft, a, tensors, widths)
  const values = Math.ceil(a.heads / widths.output) * a.vHeadDim
  if (a.gate) {
    join(draft, gate)
    compute(draft, { kind: 'pointwise', name: 'attn.gate', dims: { read: 2 * values, write: values } })
  }
  projectOut(draft, tensors, widths.output)
}

/** Down-projections, norms and the index; then the new latents go to the cache and to the ranks that need them. */
function latents(draft: Draft, a: Mla, tensors: readonly Tensor[]): void {
  const { phase, layout } = draft.site
  const indexed = a.indexer !== undefined && !a.indexer.shared
  if (indexed) product(draft, 'index.keys_proj', pick(tensors, 'indexer.k_proj', 'indexer.weights_proj'), 1)
  product(draft, 'attn.latents', pick(tensors, 'q_a_proj', 'kv_a_proj'), 1)
  const width = (a.qLoraRank ?? 0) + a.kvLoraRank + a.qkRope
  compute(draft, { kind: 'pointwise', name: 'attn.latent_norm', dims: { read: width, write: width } })
  if (indexed && a.indexer) {
    product(draft, 'index.queries', pick(tensors, 'indexer.q_b_proj'), 1)
    score(draft, { heads: a.indexer.heads, dim: a.indexer.dim, bytes: a.indexer.dim + 4, every: 1 })
  }
  const bytes = cacheBytes(draft, a, attentionWidths(layout, phase, true))
  updateCache(draft, bytes)
  if (phase === 'prefill') shareKeys(draft, a.kvLoraRank + a.qkRope)
}

function attendExpanded(draft: Draft, a: Mla, tensors: readonly Tensor[], widths: AttentionWidths): void {
  const latent = mark(draft)
  queries(draft, tensors, widths)
  const query = mark(draft)
  goTo(draft, latent)
  // Every rank expands all tokens that its queries attend to, cached ones too.
  draft.rows = { scope: 'rank', share: 1, context: 1 }
  product(draft, 'attn.expand', pick(tensors, 'kv_b_proj'), widths.project, cut(draft, widths.project, 'heads'))
  join(draft, query)
  draft.rows = query.rows
  const head = { heads: Math.ceil(a.heads / widths.attend), qk: a.qkNope + a.qkRope, v: a.vHeadDim }
  const bytes = head.heads * (head.qk + head.v) * 2
  // What moves between shards of the cache are latents; each rank expands them itself.
  attend(draft, 'attn.attention', head, widths, { family: 'mla', format: 'bf16', dims: { bytes } }, cacheBytes(draft, a, widths))
}

function attendLatents(draft: Draft, a: Mla, tensors: readonly Tensor[], widths: AttentionWidths): void {
  const { precision } = draft.site
  queries(draft, tensors, widths)
  const projected = Math.ceil(a.heads / widths.project)
  absorb(draft, 'attn.absorb_keys', projected, a.qkNope, a.kvLoraRank)
  const head = { heads: Math.ceil(a.heads / widths.attend), qk: a.kvLoraRank + a.qkRope, v: a.kvLoraRank }
  const top = a.indexer ? { window: 0, every: 1, top: a.indexer.topK } : {}
  const dims = { bytes: cacheBytes(draft, a, widths), ...top }
  attend(draft, 'attn.attention', head, widths, { family: 'mla', format: precision.kv, dims })
  absorb(draft, 'attn.absorb_values', Math.ceil(a.heads / widths.output), a.kvLoraRank, a.vHeadDim)
}

function queries(draft: Draft, tensors: readonly Tensor[], { project }: AttentionWidths): void {
  product(draft, 'attn.queries', pick(tensors, 'q_proj', 'q_b_proj'), project, cut(draft, project, 'heads'))
}

/** One small product per head with its part of kv_b_proj. */
function absorb(draft: Draft, name: string, heads: number, from: number, to: number): void {
  const dims = { in: heads * from, out: heads * to, weight: heads * from * to }
  compute(draft, { kind: 'linear', name, dims, ...arithmetic(draft.site, 'attnIn') })
}
