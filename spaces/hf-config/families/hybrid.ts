import type { Attention } from '../../attention/index.ts'
import { gqa } from '../attention/gqa.ts'
import { gdn, kda, lightning } from '../attention/linear.ts'
import { jambaMamba, mamba1 } from '../attention/mamba.ts'
import { mla } from '../attention/mla.ts'
import { dense } from '../ffn/dense.ts'
import { expertSizeIsFfnSize, moe, sharedExperts, sharedSize } from '../ffn/moe.ts'
import { atOffset, behindFirstDense, everyNthButMlpOnly, sparseWhere } from '../ffn/which.ts'
import { flag, type HfConfig, int, layerList, maybeInt } from '../fields.ts'
import { at } from '../json.ts'
import { typeOf } from '../windows.ts'
import type { Family } from './family.ts'

const gatedAttention = gqa({ qkNorm: () => 'perHead', gate: 'elementwise' })
const qwenMoe = sparseWhere(everyNthButMlpOnly, moe({ shared: sharedSize, more: () => ({ sharedGate: true }) }), dense())

/** Models whose layers are mostly recurrent. */
export const hybridFamilies: readonly Family[] = [
  {
    modelTypes: ['qwen3_next', 'qwen3_5_moe_text', 'qwen3_5_moe'],
    attention: qwenAttention,
    ffn: qwenMoe,
    mtp: { attention: gatedAttention, ffn: qwenMoe },
  },
  { modelTypes: ['qwen3_5_text', 'qwen3_5'], attention: qwenAttention, ffn: dense(), mtp: { attention: gatedAttention, ffn: dense() } },
  {
    modelTypes: ['kimi_linear', 'kimi_k3'],
    attention: kimiAttention,
    ffn: sparseWhere(behindFirstDense, moe({ shared: sharedExperts, more: kimiRouter }), dense()),
    // Kimi-K3's residual attention, which its source does not itemise.
    layerExtra: (config) => residualAttention(config, 4),
    edges: (config) => ({ extraParameters: residualAttention(config, 2) }),
  },
  {
    modelTypes: ['jamba'],
    attention: (config, layer) => (isJambaAttention(config, layer) ? gqa()(config, layer) : jambaMamba(config)),
    ffn: sparseWhere(isJambaMoe, moe({ intermediate: expertSizeIsFfnSize }), dense()),
  },
  {
    modelTypes: ['mamba', 'falcon_mamba'],
    attention: mamba1,
    ffn: () => ({ kind: 'none' }),
    tied: true,
    // A state has no length of its own: a bound that nothing reaches.
    defaults: { maxPosition: 2 ** 20 },
  },
  {
    modelTypes: ['minimax_text_01', 'minimax_m1', 'minimax'],
    attention: (config, layer) => (isLightning(config, layer) ? lightning(config) : gqa()(config, layer)),
    ffn: moe({ intermediate: expertSizeIsFfnSize, shared: sharedSize }),
  },
]

function qwenAttention(config: HfConfig, layer: number): Attention {
  const type = typeOf(config, layer)
  const full = type === undefined ? (layer + 1) % int(config, 'fullInterval') === 0 : type === 'full_attention'
  return full ? gatedAttention(config, layer) : gdn(config)
}

/** `kda_layers` counts from 1. */
function kimiAttention(config: HfConfig, layer: number): Attention {
  const recurrent = layerList<number>(config, 'linear_attn_config.kda_layers', 'number', 0) ?? []
  return recurrent.includes(layer + 1) ? kda(config) : mla(config)
}

function kimiRouter(config: HfConfig) {
  const latent = maybeInt(config, 'latent')
  return { routerBias: true, ...(latent && { latent, ...(flag(config, ['latent_moe_use_norm']) && { latentNorm: true }) }) }
}

function residualAttention(config: HfConfig, widths: number): number | undefined {
  return at(config.values, 'attn_res_block_size') === undefined ? undefined : widths * int(config, 'hidden')
}

const isJambaAttention = atOffset('attn_layer_offset', (config) => int(config, 'attentionPeriod'))
const atExpertOffset = atOffset('expert_layer_offset', (config) => int(config, 'moePeriod'))

function isJambaMoe(config: HfConfig, layer: number): boolean {
  return (maybeInt(config, 'experts') ?? 1) > 1 && atExpertOffset(config, layer)
}

function isLightning(config: HfConfig, layer: number): boolean {
  const types = layerList<number>(config, 'attn_type_list', 'number', int(config, 'layers'))
  return types === undefined ? typeOf(config, layer) === 'linear_attention' : types[layer] === 0
}
