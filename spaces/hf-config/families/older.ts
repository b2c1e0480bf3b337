import { gqa, kvHeadsOf } from '../attention/gqa.ts'
import { dense, fourTimesHidden } from '../ffn/dense.ts'
import { flag, type HfConfig, int, maybeInt } from '../fields.ts'
import { slidingWindow } from '../windows.ts'
import { always, type Family } from './family.ts'

/** Models from before the gated FFN and RMSNorm, and their heirs. */
export const olderFamilies: readonly Family[] = [
  {
    modelTypes: ['opt'],
    attention: gqa({ qkvBias: biased, oBias: biased }),
    ffn: dense({ gated: false, bias: biased }),
    norm: 'layernorm',
    tied: true,
    // The first two positions are never used.
    edges: (config) => ({ learnedPositions: int(config, 'maxPosition') + 2 }),
  },
  {
    modelTypes: ['gpt2'],
    attention: gqa({ qkvBias: always, oBias: always }),
    ffn: dense({ gated: false, bias: always, intermediate: (config) => maybeInt(config, 'intermediate') ?? fourTimesHidden(config) }),
    norm: 'layernorm',
    tied: true,
    edges: (config) => ({ learnedPositions: int(config, 'maxPosition') }),
  },
  {
    modelTypes: ['bloom'],
    attention: gqa({ qkvBias: always, oBias: always }),
    ffn: dense({ gated: false, bias: always, intermediate: fourTimesHidden }),
    norm: 'layernorm',
    tied: true,
    // ALiBi bounds no length; the models were trained on this one.
    defaults: { maxPosition: 2048 },
    // A norm behind the embedding.
    edges: (config) => ({ extraParameters: 2 * int(config, 'hidden') }),
  },
  {
    modelTypes: ['gpt_neox'],
    attention: gqa({ qkvBias: neoxBias, oBias: neoxBias }),
    ffn: dense({ gated: false, bias: always }),
    norm: 'layernorm',
  },
  {
    modelTypes: ['falcon', 'RefinedWeb', 'RefinedWebModel'],
    attention: gqa({ kvHeads: falconKvHeads, oBias: (config) => flag(config, ['bias']) }),
    ffn: dense({ gated: false, intermediate: fourTimesHidden, bias: (config) => flag(config, ['bias']) }),
    norms: (config) => (!newFalcon(config) && flag(config, ['parallel_attn'], true) ? 1 : 2),
    norm: 'layernorm',
    tied: true,
    defaults: { maxPosition: 2048 },
  },
  { modelTypes: ['chatglm'], attention: gqa({ kvHeads: chatglmKvHeads }), ffn: dense() },
  {
    modelTypes: ['phi'],
    attention: gqa({ qkvBias: always, oBias: always }),
    ffn: dense({ gated: false, bias: always }),
    norms: () => 1,
    norm: 'layernorm',
    edges: () => ({ lmHeadBias: true }),
  },
  {
    modelTypes: ['starcoder2'],
    attention: gqa({ qkvBias: biasUnlessOff, oBias: biasUnlessOff, window: slidingWindow }),
    ffn: dense({ gated: false, bias: biasUnlessOff }),
    norm: 'layernorm',
    tied: true,
  },
  { modelTypes: ['nemotron'], attention: gqa(), ffn: dense({ gated: false }), norm: 'layernorm' },
]

function biased(config: HfConfig): boolean {
  return flag(config, ['enable_bias'], true)
}

function neoxBias(config: HfConfig): boolean {
  return flag(config, ['attention_bias'], true)
}

function biasUnlessOff(config: HfConfig): boolean {
  return flag(config, ['use_bias'], true)
}

function newFalcon(config: HfConfig): boolean {
  return flag(config, ['new_decoder_architecture'])
}

/** The first Falcons have one KV head (7B) unless told otherwise, and then as many as query heads; the later ones a number of them. */
function falconKvHeads(config: HfConfig): number | undefined {
  if (newFalcon(config)) return kvHeadsOf(config)
  return flag(config, ['multi_query'], true) ? 1 : undefined
}

function chatglmKvHeads(config: HfConfig): number | undefined {
  return flag(config, ['multi_query_attention'], true) ? kvHeadsOf(config) : undefined
}
