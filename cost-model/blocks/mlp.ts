import type { Dense } from '../../spaces/ffn/dense.ts'
import { rankShape, type Tensor } from '../../spaces/tensor.ts'
import { compute, cut, type Draft, pick, product, sum } from './draft.ts'
import { gatherTokens, reduceTokens } from './transition.ts'

/** Dense feed-forward part over its own TP group: tokens in, gate and up, activation, down, sums back. */
export function mlpBlock(draft: Draft, _: Dense, tensors: readonly Tensor[]): void {
  const { layout, model } = draft.site
  const visit = gatherTokens(draft, 'mlp', layout.ffnTp, model.hidden)
  mlpProducts(draft, 'mlp', '', tensors, layout.ffnTp)
  reduceTokens(draft, 'mlp', visit, layout.ffnTp, model.hidden)
}

/** The products of a gated or plain MLP whose tensors carry a prefix; leaves partial sums over `width` ranks. */
export function mlpProducts(draft: Draft, name: string, prefix: string, tensors: readonly Tensor[], width: number): void {
  const up = pick(tensors, `${prefix}gate_proj`, `${prefix}up_proj`)
  product(draft, `${name}.up`, up, width, cut(draft, width, 'hidden'))
  const read = sum(up.map((t) => rankShape(t, width)[0]))
  compute(draft, { kind: 'pointwise', name: `${name}.activation`, dims: { read, write: read / Math.max(1, up.length) } })
  product(draft, `${name}.down`, pick(tensors, `${prefix}down_proj`), width, cut(draft, width, 'partial'))
}
