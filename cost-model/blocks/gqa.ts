import type { Gqa } from '../../spaces/attention/gqa.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import { compute, cut, type Draft, exchange, pick, product } from './draft.ts'
import { score } from './indexer.ts'
import { attend, cacheBytes, projectOut, shareKeys, updateCache } from './softmax.ts'
import { type AttentionWidths, attentionWidths } from './widths.ts'

/** Multi-head, grouped- and multi-query attention: QKV, rotation, cache, attention, output. */
export function gqaBlock(draft: Draft, a: Gqa, tensors: readonly Tensor[]): void {
  const { layout, phase, precision } = draft.site
  const widths = attentionWidths(layout, phase, false)
  const v = a.vHeadDim ?? a.headDim
  indexBlocks(draft, a, tensors)
  product(draft, 'attn.qkv', pick(tensors, 'q_proj', 'k_proj', 'v_proj', 'g_proj'), widths.project, cut(draft, widths.project, 'heads'))
  const [heads, kvHeads] = [Math.ceil(a.heads / widths.project), Math.ceil(a.kvHeads / widths.project)]
  const rotated = (heads + kvHeads) * a.headDim
  compute(draft, { kind: 'pointwise', name: 'attn.rotate', dims: { read: rotated, write: rotated } })
  const resharded = phase === 'prefill' && layout.spKind === 'all-to-all' && layout.sp > 1
  const keys = kvHeads * (a.headDim + v)
  // Heads of keys that are fewer than the shards go to several of them.
  if (resharded) swapHeads(draft, 'attn.to_heads', heads * a.headDim + keys * Math.max(1, layout.sp / kvHeads), widths)
  const bytes = cacheBytes(draft, a, widths)
  if (layout.spKind !== 'all-gather') updateCache(draft, bytes)
  if (phase === 'prefill' && !resharded) shareKeys(draft, keys)
  if (layout.spKind === 'all-gather') updateCache(draft, bytes)
  const top = a.indexer ? { window: 0, every: 1, top: a.indexer.topK } : a.window === undefined ? {} : { window: a.window }
  const head = { heads: Math.ceil(a.heads / widths.attend), qk: a.headDim, v }
  attend(draft, 'attn.attention', head, widths, { family: 'attention', format: precision.kv, dims: { bytes, ...top } })
  if (resharded) swapTokens(draft, heads * v)
  gate(draft, a, Math.ceil(a.heads / widths.output) * v)
  projectOut(draft, tensors, widths.output)
}

/** Block-sparse index: small query and key projections, and a score for every cached block of keys. */
function indexBlocks(draft: Draft, { indexer }: Gqa, tensors: readonly Tensor[]): void {
  if (indexer === undefined) return
  product(draft, 'index.qk', pick(tensors, 'indexer.q_proj', 'indexer.k_proj'), 1)
  score(draft, { heads: indexer.heads, dim: indexer.dim, bytes: 2 * indexer.kvHeads * indexer.dim, every: 1 })
}

function gate(draft: Draft, { gate: kind }: Gqa, elements: number): void {
  if (kind) compute(draft, { kind: 'pointwise', name: 'attn.gate', dims: { read: 2 * elements, write: elements } })
}

/** Ulysses (arXiv 2309.14509): shards of the sequence become shards of the heads; `elements` of one token on one rank. */
function swapHeads(draft: Draft, name: string, elements: number, { queries }: AttentionWidths): void {
  const { layout, precision } = draft.site
  const group = { axis: 'sp', size: layout.sp, stride: layout.tp }
  exchange(draft, { kind: 'all-to-all', pattern: 'heads', name, dims: { elements }, format: precision.comm, group }, 'heads')
  draft.rows = { scope: 'rank', share: queries }
}

function swapTokens(draft: Draft, elements: number): void {
  const { layout, precision } = draft.site
  draft.rows = { scope: 'rank', share: 1 / layout.sp }
  const group = { axis: 'sp', size: layout.sp, stride: layout.tp }
  exchange(
    draft,
    { kind: 'all-to-all', pattern: 'heads', name: 'attn.to_tokens', dims: { elements }, format: precision.comm, group },
    'sequence',
  )
}
