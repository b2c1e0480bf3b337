import type { Attention } from '../../attention/index.ts'
import { gqa, headDimOf, headed, kvHeadsOf } from '../attention/gqa.ts'
import { dense } from '../ffn/dense.ts'
import { expertSizeIsFfnSize, moe, routerBias, sharedSize } from '../ffn/moe.ts'
import { behindFirstDense, everyNth, listedAsText, sparseWhere } from '../ffn/which.ts'
import { flag, type HfConfig, int, layerList, maybeInt } from '../fields.ts'
import { slidingWindow, typeOf, windowButEveryNth, windowByType, windowOnEvenLayers } from '../windows.ts'
import { always, type Family, never } from './family.ts'

/** Models that mix layers with a window and layers without. */
export const windowedFamilies: readonly Family[] = [
  { modelTypes: ['gemma'], attention: gqa(), ffn: dense(), tied: true },
  { modelTypes: ['gemma2'], attention: gqa({ window: windowOnEvenLayers }), ffn: dense(), norms: () => 4, tied: true },
  {
    modelTypes: ['gemma3_text', 'gemma3'],
    attention: gqa({ qkNorm: () => 'perHead', window: windowButEveryNth }),
    ffn: dense(),
    norms: () => 4,
    tied: true,
    // The multimodal checkpoints leave out what equals the text model's defaults in transformers (Gemma3TextConfig).
    defaults: { slidingPattern: 6, vocab: 262208, heads: 8, kvHeads: 4, headDim: 256, maxPosition: 131072 },
  },
  {
    modelTypes: ['gpt_oss'],
    attention: gqa({ qkvBias: always, oBias: always, sinks: true, window: windowByType }),
    ffn: moe({ intermediate: expertSizeIsFfnSize, more: () => ({ routerBias: true, expertBias: true }) }),
  },
  {
    modelTypes: ['llama4_text', 'llama4'],
    attention: llama4Attention,
    ffn: sparseWhere(
      everyNth,
      moe({ intermediate: expertSizeIsFfnSize, shared: expertSizeIsFfnSize }),
      dense({ intermediate: (config) => int(config, 'denseIntermediate') }),
    ),
    defaults: { noRopeInterval: 4 },
  },
  {
    modelTypes: ['mimo_v2_flash', 'mimo_v2'],
    attention: mimoAttention,
    ffn: sparseWhere(behindFirstDense, moe({ more: routerBias }), dense()),
  },
  {
    modelTypes: ['step3p5', 'step3p7'],
    attention: stepAttention,
    ffn: sparseWhere(
      listedAsText,
      moe({ shared: sharedSize, more: (config) => (flag(config, ['use_moe_router_bias']) ? routerBias() : {}) }),
      dense(),
    ),
    // Curated configs leave out `attention_other_setting`.
    defaults: { slidingHeads: 96 },
  },
]

/** Three of four layers look back one chunk only; the fourth has no rotary positions and sees everything. */
function llama4Attention(config: HfConfig, layer: number): Attention {
  const rotary = layerList<number>(config, 'no_rope_layers', 'number', 0) ?? []
  const global = rotary.length > layer ? rotary[layer] === 0 : (layer + 1) % int(config, 'noRopeInterval') === 0
  const full = gqa()(config, layer)
  return global ? full : { ...full, window: int(config, 'chunkWindow'), windowKind: 'chunked' }
}

/** `hybrid_layer_pattern`: 1 slides, 0 sees everything. */
function mimoAttention(config: HfConfig, layer: number): Attention {
  const slides = layerList<number>(config, 'hybrid_layer_pattern', 'number', int(config, 'layers'))?.[layer] === 1
  const heads = int(config, 'heads')
  const full = { heads, kvHeads: kvHeadsOf(config) ?? heads, headDim: headDimOf(config, heads), vHeadDim: maybeInt(config, 'vHeadDim') }
  if (!slides) return headed(full, config, layer, { sinks: flag(config, ['add_full_attention_sink_bias']) })
  const sliding = {
    heads: maybeInt(config, 'slidingHeads') ?? full.heads,
    kvHeads: maybeInt(config, 'slidingKvHeads') ?? full.kvHeads,
    headDim: maybeInt(config, 'slidingHeadDim') ?? full.headDim,
    vHeadDim: maybeInt(config, 'slidingVHeadDim') ?? full.vHeadDim,
  }
  return headed(sliding, config, layer, { sinks: flag(config, ['add_swa_attention_sink_bias']), window: slidingWindow })
}

/** Sliding layers have more heads than full ones; every head has a gate. */
function stepAttention(config: HfConfig, layer: number): Attention {
  const slides = typeOf(config, layer) === 'sliding_attention'
  const full = int(config, 'heads')
  const heads = slides ? int(config, 'slidingHeads') : full
  const kvHeads = (slides ? maybeInt(config, 'slidingKvHeads') : undefined) ?? kvHeadsOf(config) ?? heads
  const window = slides ? slidingWindow : undefined
  return headed({ heads, kvHeads, headDim: headDimOf(config, full) }, config, layer, {
    qkvBias: never,
    qkNorm: () => 'perHead',
    gate: 'headwise',
    ...(window && { window }),
  })
}
