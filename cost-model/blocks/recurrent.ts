import { type Attention, attentionKind } from '../../spaces/attention/index.ts'
import { rankShape, type Tensor } from '../../spaces/tensor.ts'
import { compute, cut, type Draft, exchange, pick, product, reduceOver, sum } from './draft.ts'
import { projectOut } from './softmax.ts'
import { attentionWidths } from './widths.ts'

type Recurrent = Exclude<Attention, { kind: 'gqa' | 'mla' | 'dsv4' | 'none' }>

/**
 * FLOP of one token: the state is decayed and added to (2 per element), then read (2); a delta rule also reads it before the update
 * (2 more). Tensors: projections from the hidden state, second factors of low-rank pairs, and the convolution.
 */
const kinds: {
  readonly [K in Recurrent['kind']]: { readonly state: (a: Extract<Recurrent, { kind: K }>) => number; readonly flops: number }
} = {
  gdn: { state: (a) => a.vHeads * a.kDim * a.vDim, flops: 6 },
  kda: { state: (a) => a.heads * a.headDim * a.headDim, flops: 6 },
  mamba1: { state: (a) => a.dInner * a.state, flops: 6 },
  mamba2: { state: (a) => a.heads * a.headDim * a.state, flops: 4 },
  lightning: { state: (a) => a.heads * a.headDim * a.headDim, flops: 4 },
}

/** Linear attention and state-space mixers: projections, short convolution, recurrence over a state per sequence, output. */
export function recurrentBlock(draft: Draft, a: Recurrent, tensors: readonly Tensor[]): void {
  const { layout, phase, model } = draft.site
  const { project } = attentionWidths(layout, phase, false)
  const own = tensors.filter((t) => t.component === 'linearAttn')
  const first = own.filter((t) => t.in === model.hidden && t.side === 'out')
  product(draft, 'mix.in_proj', first, project, cut(draft, project, 'heads'))
  const conv = own.filter((t) => t.name.startsWith('conv'))
  const channels = sum(conv.map((t) => rankShape(t, project)[0]))
  if (channels > 0) compute(draft, { kind: 'pointwise', name: 'mix.conv', dims: { read: channels, write: channels } })
  secondFactors(draft, own, project)
  swap(draft, 'mix.to_heads', sum(first.map((t) => rankShape(t, project)[0])), 'heads')
  const output = pick(own, 'o_proj')
  const values = sum(output.map((t) => rankShape(t, project)[1]))
  scan(draft, a, project, values)
  swap(draft, 'mix.to_tokens', values, 'sequence')
  compute(draft, { kind: 'pointwise', name: 'mix.gate_norm', dims: { read: 2 * values, write: values } })
  projectOut(draft, output, project)
}

/** Mamba-1's step size comes from a row-cut product that must be summed first; low-rank gates need no exchange. */
function secondFactors(draft: Draft, own: readonly Tensor[], width: number): void {
  const shared = pick(own, 'x_proj')
  product(draft, 'mix.x_proj', shared, width, cut(draft, width, 'partial'))
  if (shared.length > 0) reduceOver(draft, 'mix.reduce', width, sum(shared.map((t) => t.out)))
  const second = pick(own, 'dt_proj', 'f_b_proj', 'g_b_proj').filter((t) => t.in !== draft.site.model.hidden)
  product(draft, 'mix.gates', second, width, cut(draft, width, 'heads'))
}

/** A recurrence runs along the whole prompt: sequence shards of all heads become all tokens of some heads, and back. */
function swap(draft: Draft, name: string, elements: number, to: 'heads' | 'sequence'): void {
  const { layout, phase, precision } = draft.site
  if (phase === 'decode' || layout.sp === 1) return
  draft.rows = { scope: 'rank', share: 1 / layout.sp }
  const group = { axis: 'sp', size: layout.sp, stride: layout.tp }
  exchange(draft, { kind: 'all-to-all', pattern: 'heads', name, dims: { elements }, format: precision.comm, group }, to)
  draft.rows = { scope: 'rank', share: to === 'heads' ? 1 : 1 / layout.sp }
}

function scan(draft: Draft, a: Recurrent, project: number, values: number): void {
  const { layout, phase } = draft.site
  const width = phase === 'prefill' ? project * layout.sp : project
  const [cache] = attentionKind(a).caches(a)
  if (cache?.kind !== 'state') return
  const share = Math.ceil(cache.heads / width) / cache.heads
  const kind = kinds[a.kind] as { readonly state: (a: Recurrent) => number; readonly flops: number }
  const own = (values * project) / width
  const dims = { flops: kind.flops * kind.state(a) * share, state: cache.bytes * share, in: 4 * own, out: own }
  compute(draft, { kind: 'attention', form: 'scan', name: 'mix.scan', phase, family: 'scan', format: 'fp32', dims })
}
