import type { Attention } from '../../attention/index.ts'
import { gqa, headDimOf, headed, kvHeadsOf } from '../attention/gqa.ts'
import { dense } from '../ffn/dense.ts'
import { moe } from '../ffn/moe.ts'
import { flag, type HfConfig, int, maybeInt } from '../fields.ts'
import { slidingWindow, typeOf } from '../windows.ts'
import type { Family } from './family.ts'

/** Gemma-4: full layers have heads of their own shape and may project K and V as one; experts stand beside a dense FFN. */
export const gemma4Family: Family = {
  modelTypes: ['gemma4_text', 'gemma4'],
  attention,
  ffn: (config, layer) => (sparse(config) ? moe({ more: beside })(config, layer) : dense()(config)),
  norms: (config) => (sparse(config) ? 7 : 4),
  // One scalar that scales the layer's output.
  layerExtra: () => 1,
  tied: true,
}

function sparse(config: HfConfig): boolean {
  return flag(config, ['enable_moe_block'])
}

function attention(config: HfConfig, layer: number): Attention {
  if (typeOf(config, layer) !== 'full_attention') return gqa({ qkNorm: () => 'perHead', window: slidingWindow })(config, layer)
  const heads = int(config, 'heads')
  const kvHeads = maybeInt(config, 'globalKvHeads') ?? kvHeadsOf(config) ?? heads
  const full = { heads, kvHeads, headDim: maybeInt(config, 'globalHeadDim') ?? headDimOf(config, heads) }
  return {
    ...headed(full, config, layer, { qkNorm: () => 'perHead' }),
    ...(flag(config, ['attention_k_eq_v']) && { kEqV: true }),
  }
}

/** The router scales its input per channel and its output per expert. */
function beside(config: HfConfig) {
  return { parallelDenseIntermediate: int(config, 'intermediate'), routerExtra: int(config, 'hidden') + int(config, 'experts') }
}
