import { attentionKind, type Attention as Mixer } from '../../spaces/attention/index.ts'
import { format } from '../../spaces/precision.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import type { Attention } from '../graph.ts'
import { replace } from '../mesh.ts'
import { compute, cut, type Draft, exchange, pick, product, sumBlock } from './draft.ts'
import type { AttentionWidths } from './widths.ts'

/** One rank's share of softmax attention; `heads` of its queries before any exchange, elements of one head. */
export interface Heads {
  readonly heads: number
  readonly qk: number
  readonly v: number
}

/** Bytes that one cached token takes on a rank, in the largest of a layer's token caches. */
export function cacheBytes({ site: { precision, layout } }: Draft, a: Mixer, widths: AttentionWidths): number {
  const element = format(precision.kv).bytes
  const caches = attentionKind(a).caches(a)
  // DCP spreads the tokens of heads that several ranks would hold: they share out fewer, larger sets of heads.
  const ranks = widths.tokens < 1 ? widths.attend / layout.dcp : widths.attend
  return Math.max(0, ...caches.map((c) => (c.kind === 'tokens' ? Math.ceil(c.heads / ranks) * c.elements * element : 0)))
}

/** Writes the new tokens to the cache: where shards of the cache are shards of tokens, each rank its own. */
export function updateCache(draft: Draft, bytes: number): void {
  const { layout, phase } = draft.site
  const ring = phase === 'decode' && layout.spKind === 'ring'
  const out = ring ? replace(draft.at, { size: layout.sp, stride: layout.tp }, 'context') : draft.at
  compute(draft, { kind: 'kv-update', name: 'attn.cache', dims: { bytes } }, out)
}

/** Brings the keys to sequence-sharded queries: passed round a ring, or gathered. `elements` of one token on one rank. */
export function shareKeys(draft: Draft, elements: number): void {
  const { layout, precision } = draft.site
  const { sp, tp, spKind } = layout
  if (sp === 1) return
  const group = { axis: 'sp', size: sp, stride: tp }
  const own = draft.rows
  if (spKind === 'ring') {
    // Each rank forwards a shard of the prompt and of its cached tokens sp - 1 times.
    draft.rows = { scope: 'rank', share: 1 / sp, context: 1 / sp }
    exchange(draft, { kind: 'send', name: 'attn.ring', dims: { elements, rounds: sp - 1 }, format: precision.comm, group }, 'gathered')
  } else {
    draft.rows = { scope: 'rank', share: 1 }
    exchange(draft, { kind: 'all-gather', name: 'attn.keys', dims: { elements }, format: precision.comm, group }, 'gathered')
  }
  draft.rows = own
}

type Spec = Pick<Attention, 'family' | 'format'> & { readonly dims: Omit<Attention['dims'], 'share' | 'heads' | 'qk' | 'v'> }

/**
 * Attention with the exchanges that KV shards by tokens need around it: queries to every shard, softmax statistics and sums back; a
 * prompt instead gathers its cached tokens, as the cache holds them (`cached` bytes each).
 */
export function attend(draft: Draft, name: string, head: Heads, widths: AttentionWidths, spec: Spec, cached = spec.dims.bytes): void {
  const { layout, phase, precision } = draft.site
  const { dcp } = layout
  const group = { axis: 'dcp', size: dcp, stride: 1 }
  const own = draft.rows
  if (phase === 'prefill') {
    draft.rows = { scope: 'rank', share: 0, context: 1 }
    const elements = cached / format(precision.kv).bytes
    exchange(draft, { kind: 'all-gather', name: `${name}.context`, dims: { elements }, format: precision.kv, group }, 'gathered')
    draft.rows = { scope: 'rank', share: widths.queries }
  } else
    exchange(
      draft,
      { kind: 'all-gather', name: `${name}.queries`, dims: { elements: head.heads * dcp * head.qk }, format: precision.comm, group },
      'context',
    )
  const heads = phase === 'decode' ? head.heads * dcp : head.heads
  // A prompt cut in one piece a rank leaves the last rank most pairs; balanced pieces are as if each rank had a share of every pair.
  const pieces = phase === 'prefill' && widths.queries < 1 && draft.site.split === 'contiguous' ? { pieces: layout.sp } : {}
  const dims = { ...spec.dims, heads, qk: head.qk, v: head.v, share: widths.tokens, ...pieces }
  compute(
    draft,
    { kind: 'attention', form: 'softmax', name, phase, family: spec.family, format: spec.format, dims },
    attended(draft, widths),
  )
  draft.rows = own
  if (phase === 'decode') combine(draft, name, heads, head.v)
}

/** Each rank has attended to what it could: queries that gathered their keys are whole again, shards of keys leave unscaled sums. */
function attended({ at, site: { layout, phase } }: Draft, { queries }: AttentionWidths): Draft['at'] {
  const { sp, tp, dcp, spKind } = layout
  const [overSp, overDcp] = phase === 'prefill' ? (['sequence', 'heads'] as const) : (['unscaled', 'unscaled'] as const)
  const moved = phase === 'prefill' ? queries < 1 : spKind === 'ring' && sp > 1
  const out = moved ? replace(at, { size: sp, stride: tp }, overSp) : at
  return dcp > 1 ? replace(out, { size: dcp, stride: 1 }, overDcp) : out
}

function combine(draft: Draft, name: string, heads: number, v: number): void {
  const { dcp, sp, tp, spKind } = draft.site.layout
  const { comm } = draft.site.precision
  const byTokens = { axis: 'dcp', size: dcp, stride: 1 }
  exchange(
    draft,
    { kind: 'all-gather', name: `${name}.statistics`, dims: { elements: heads * dcp }, format: 'fp32', group: byTokens },
    'partial',
  )
  exchange(
    draft,
    { kind: 'reduce-scatter', name: `${name}.scatter`, dims: { elements: heads * v }, format: comm, group: byTokens },
    'heads',
  )
  if (spKind !== 'ring') return
  // One exchange of sums and their two fp32 statistics per head (Helix, arXiv 2507.07120).
  const elements = (heads / dcp) * (v + 8 / format(comm).bytes)
  const ring = { axis: 'sp', size: sp, stride: tp }
  exchange(draft, { kind: 'all-to-all', pattern: 'heads', name: `${name}.combine`, dims: { elements }, format: comm, group: ring }, 'heads')
}

/** Output projection by rows of heads and the sum over the ranks that share them. */
export function projectOut(draft: Draft, tensors: readonly Tensor[], width: number, name = 'o_proj'): void {
  product(draft, `attn.${name}`, pick(tensors, name), width, cut(draft, width, 'partial'))
  sumBlock(draft, 'attn', width)
}
