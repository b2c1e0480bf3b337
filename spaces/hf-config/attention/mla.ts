import type { Attention } from '../../attention/index.ts'
import { flag, type HfConfig, int, layerList, maybeInt } from '../fields.ts'

type Mla = Extract<Attention, { kind: 'mla' }>

/**
 * Latent attention. `head_dim` and `num_key_value_heads` of such a config say nothing about its width: the former is the rotary
 * part or a leftover, the latter repeats the query heads.
 */
export function mla(config: HfConfig): Mla {
  const qLoraRank = maybeInt(config, 'qLoraRank')
  return {
    kind: 'mla',
    heads: int(config, 'heads'),
    ...(qLoraRank && { qLoraRank }),
    kvLoraRank: int(config, 'kvLoraRank'),
    qkNope: int(config, 'qkNope'),
    qkRope: int(config, 'qkRope'),
    vHeadDim: int(config, 'vHeadDim'),
    ...(flag(config, ['mla_use_output_gate']) && { gate: 'elementwise' }),
  }
}

/** Latent attention with DeepSeek's lightning indexer, which some layers of GLM-5.2 share with an earlier one. */
export function indexedMla(config: HfConfig, layer: number): Mla {
  const types = layerList<string>(config, 'indexer_types', 'string', int(config, 'layers'))
  return {
    ...mla(config),
    indexer: {
      kind: 'dsa',
      heads: int(config, 'indexHeads'),
      dim: int(config, 'indexDim'),
      topK: int(config, 'indexTopK'),
      ...(types?.[layer] === 'shared' && { shared: true }),
    },
  }
}
