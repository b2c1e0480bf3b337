import { attentionBias, type GqaTraits, gqa, qkNormIf } from '../attention/gqa.ts'
import { dense } from '../ffn/dense.ts'
import { flag, int } from '../fields.ts'
import { slidingWindow, typeOf, windowByType, windowOfUpperLayers } from '../windows.ts'
import { always, type Family, never } from './family.ts'

const qwen2: GqaTraits = { qkvBias: always, window: windowOfUpperLayers }

/** Dense models that differ from Llama in biases, norms of Q and K, and windows. */
export const plainFamilies: readonly Family[] = [
  {
    modelTypes: ['llama', 'baichuan', 'internlm', 'internlm2', 'internlm3', 'smollm3', 'granite', 'aquila', 'yi', 'exaone'],
    attention: gqa({ oBias: attentionBias }),
    ffn: dense(),
  },
  {
    modelTypes: ['mistral', 'ministral', 'ministral3', 'mistral3'],
    attention: gqa({ window: (config, layer) => (typeOf(config, layer) === 'full_attention' ? undefined : slidingWindow(config)) }),
    ffn: dense(),
  },
  { modelTypes: ['phi3', 'phi4mm'], attention: gqa({ qkvBias: never, window: slidingWindow }), ffn: dense() },
  { modelTypes: ['qwen2', 'qwen2_vl_text', 'qwen2_vl', 'qwen2_5_vl_text', 'qwen2_5_vl'], attention: gqa(qwen2), ffn: dense() },
  { modelTypes: ['mimo'], attention: gqa(qwen2), ffn: dense(), mtp: { attention: gqa(qwen2), ffn: dense() } },
  { modelTypes: ['seed_oss'], attention: gqa({ qkvBias: always, oBias: (config) => flag(config, ['attention_out_bias']) }), ffn: dense() },
  {
    modelTypes: ['qwen3', 'qwen3_vl_text', 'qwen3_vl'],
    attention: gqa({ qkNorm: () => 'perHead', window: windowOfUpperLayers }),
    ffn: dense(),
  },
  {
    modelTypes: ['qwen'],
    attention: gqa({ qkvBias: always }),
    // intermediate_size is the sum of both halves of the gated FFN.
    ffn: dense({ intermediate: (config) => Math.ceil(int(config, 'intermediate') / 2) }),
  },
  { modelTypes: ['olmo2', 'olmo3'], attention: gqa({ qkNorm: () => 'full', window: windowByType }), ffn: dense() },
  {
    modelTypes: ['cohere', 'cohere2'],
    attention: gqa({ qkNorm: qkNormIf('use_qk_norm', 'perHeadFull'), window: windowByType }),
    ffn: dense(),
    // Attention and FFN stand side by side behind one norm.
    norms: () => 1,
    tied: true,
  },
  { modelTypes: ['glm4'], attention: gqa(), ffn: dense(), norms: () => 4 },
]
