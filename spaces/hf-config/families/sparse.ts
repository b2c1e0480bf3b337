import type { Attention } from '../../attention/index.ts'
import { attentionBias, type GqaTraits, gqa, qkNormIf } from '../attention/gqa.ts'
import { dense } from '../ffn/dense.ts'
import { expertSizeIsFfnSize, moe, routerBias, sharedExperts, sharedSize } from '../ffn/moe.ts'
import { behindFirstDense, betweenFirstAndLast, everyNthButMlpOnly, sparseWhere } from '../ffn/which.ts'
import { flag, type HfConfig, int, layerList, maybeText } from '../fields.ts'
import { slidingWindow, windowOfUpperLayers } from '../windows.ts'
import { always, type Family, never } from './family.ts'

const glm4Moe: GqaTraits = { qkNorm: qkNormIf('use_qk_norm', 'perHead') }
const deepseekMoe = moe({ shared: sharedExperts })
const biasedMoe = moe({ shared: sharedExperts, more: routerBias })

/** Mixtures of experts with plain attention. */
export const sparseFamilies: readonly Family[] = [
  { modelTypes: ['mixtral'], attention: gqa({ window: slidingWindow }), ffn: moe({ intermediate: expertSizeIsFfnSize }) },
  {
    modelTypes: ['qwen2_moe'],
    attention: gqa({ qkvBias: always, window: windowOfUpperLayers }),
    ffn: sparseWhere(everyNthButMlpOnly, moe({ shared: sharedSize, more: () => ({ sharedGate: true }) }), dense()),
  },
  {
    modelTypes: ['qwen3_moe', 'qwen3_vl_moe_text', 'qwen3_vl_moe'],
    attention: gqa({ qkNorm: () => 'perHead', window: windowOfUpperLayers }),
    ffn: sparseWhere(everyNthButMlpOnly, moe(), dense()),
  },
  {
    modelTypes: ['phimoe'],
    attention: gqa({ oBias: attentionBias, window: slidingWindow }),
    ffn: moe({ intermediate: expertSizeIsFfnSize }),
    norm: 'layernorm',
    edges: (config) => ({ lmHeadBias: flag(config, ['lm_head_bias']) }),
  },
  { modelTypes: ['dbrx'], attention: gqa({ qkvBias: never }), ffn: moe() },
  { modelTypes: ['grok-1'], attention: gqa(), ffn: moe({ intermediate: expertSizeIsFfnSize }), norms: () => 4, tied: true },
  { modelTypes: ['deepseek'], attention: gqa(), ffn: sparseWhere(behindFirstDense, deepseekMoe, dense()) },
  {
    modelTypes: ['glm4_moe'],
    attention: gqa(glm4Moe),
    ffn: sparseWhere(behindFirstDense, biasedMoe, dense()),
    mtp: { attention: gqa(glm4Moe), ffn: biasedMoe, ownEdges: true },
  },
  {
    modelTypes: ['bailing_moe', 'bailing_moe_v2'],
    attention: gqa({ qkvBias: (config) => flag(config, ['use_qkv_bias']), qkNorm: qkNormIf('use_qk_norm', 'perHead') }),
    ffn: sparseWhere(
      behindFirstDense,
      moe({ shared: sharedExperts, more: (config) => (flag(config, ['moe_router_enable_expert_bias']) ? routerBias() : {}) }),
      dense(),
    ),
  },
  {
    modelTypes: ['hunyuan_v1_moe', 'hunyuan'],
    attention: gqa({ qkNorm: qkNormIf('use_qk_norm', 'perHead') }),
    ffn: moe({ shared: sharedExperts }),
    tied: true,
  },
  {
    modelTypes: ['ernie4_5_moe'],
    attention: gqa(),
    ffn: sparseWhere(betweenFirstAndLast, biasedMoe, dense()),
  },
  {
    modelTypes: ['minimax_m2'],
    attention: gqa({ qkNorm: minimaxNorm }),
    ffn: moe({ intermediate: expertSizeIsFfnSize, shared: sharedSize, more: minimaxRouter }),
  },
  {
    modelTypes: ['minimax_m3', 'minimax_m3_vl', 'minimax_m3_text'],
    attention: minimaxM3Attention,
    ffn: sparseWhere(
      behindFirstDense,
      moe({ intermediate: expertSizeIsFfnSize, shared: sharedSize, more: minimaxRouter }),
      dense({ intermediate: (config) => int(config, 'denseIntermediate') }),
    ),
  },
]

function minimaxNorm(config: HfConfig): 'perHead' | 'full' | undefined {
  if (!flag(config, ['use_qk_norm'])) return undefined
  return maybeText(config, 'qk_norm_type') === 'per_layer' ? 'full' : 'perHead'
}

function minimaxRouter(config: HfConfig) {
  return flag(config, ['use_routing_bias']) ? routerBias() : {}
}

/** Layers marked in `sparse_attention_freq` choose blocks of keys by an index with one KV head. */
function minimaxM3Attention(config: HfConfig, layer: number): Attention {
  const plain = gqa({ qkNorm: minimaxNorm })(config, layer)
  const sparse = layerList<number>(config, 'sparse_attention_config.sparse_attention_freq', 'number', int(config, 'layers'))
  if (!sparse?.[layer]) return plain
  const block = int(config, 'indexBlock')
  return {
    ...plain,
    indexer: {
      kind: 'msa',
      heads: int(config, 'indexHeads'),
      kvHeads: 1,
      dim: int(config, 'indexDim'),
      topK: int(config, 'indexBlocks') * block,
      block,
    },
  }
}
