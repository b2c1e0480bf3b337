import type { Attention } from '../../attention/index.ts'
import { flag, type HfConfig, int } from '../fields.ts'
import { headDimOf } from './gqa.ts'

/** Gated DeltaNet. */
export function gdn(config: HfConfig): Attention {
  return {
    kind: 'gdn',
    kHeads: int(config, 'linearKeyHeads'),
    kDim: int(config, 'linearKeyDim'),
    vHeads: int(config, 'linearValueHeads'),
    vDim: int(config, 'linearValueDim'),
    conv: int(config, 'linearConv'),
  }
}

/** Kimi Delta Attention. */
export function kda(config: HfConfig): Attention {
  return {
    kind: 'kda',
    heads: int(config, 'kdaHeads'),
    headDim: int(config, 'kdaHeadDim'),
    conv: int(config, 'kdaConv'),
    ...(flag(config, ['linear_attn_config.use_full_rank_gate']) && { fullRankGate: true }),
  }
}

export function lightning(config: HfConfig): Attention {
  const heads = int(config, 'heads')
  return { kind: 'lightning', heads, headDim: headDimOf(config, heads) }
}
