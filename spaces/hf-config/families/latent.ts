import { dsv4 } from '../attention/dsv4.ts'
import { indexedMla, mla } from '../attention/mla.ts'
import { dense } from '../ffn/dense.ts'
import { moe, routerBias, sharedExperts } from '../ffn/moe.ts'
import { behindFirstDense, sparseWhere } from '../ffn/which.ts'
import { type HfConfig, int, maybeInt } from '../fields.ts'
import type { Family } from './family.ts'

const deepseekV3Moe = moe({ shared: sharedExperts, more: routerBias })
const deepseekV3Ffn = sparseWhere(behindFirstDense, deepseekV3Moe, dense())

/** DeepSeek's latent attention and the models built like it. */
export const latentFamilies: readonly Family[] = [
  { modelTypes: ['deepseek_v2'], attention: mla, ffn: sparseWhere(behindFirstDense, moe({ shared: sharedExperts }), dense()) },
  {
    modelTypes: ['deepseek_v3', 'kimi_k2', 'kimi_k25', 'glm4_moe_lite'],
    attention: mla,
    ffn: deepseekV3Ffn,
    mtp: { attention: mla, ffn: deepseekV3Moe, ownEdges: true },
  },
  {
    modelTypes: ['deepseek_v32'],
    attention: indexedMla,
    ffn: deepseekV3Ffn,
    mtp: { attention: indexedMla, ffn: deepseekV3Moe, ownEdges: true },
  },
  {
    modelTypes: ['glm_moe_dsa'],
    attention: indexedMla,
    ffn: deepseekV3Ffn,
    mtp: { attention: indexedMla, ffn: deepseekV3Moe },
  },
  {
    modelTypes: ['deepseek_v4', 'deepseek_ref'],
    attention: dsv4,
    ffn: moe({ shared: sharedExperts, more: dsv4Router }),
    layerExtra: hyperConnections,
    edges: (config) => hyperHead(config),
    mtp: {
      attention: dsv4,
      ffn: deepseekV3Moe,
      extra: (config) => (hyperConnections(config) ?? 0) + (hyperHead(config).extraParameters ?? 0),
    },
  },
]

/** The first layers look experts up by token id instead of balancing them with a bias. */
function dsv4Router(config: HfConfig, layer: number) {
  return layer < (maybeInt(config, 'hashLayers') ?? 0) ? { hashTableVocab: int(config, 'vocab') } : routerBias()
}

/** mHC: mixing weights of n residual streams, around the mixer and around the FFN (DeepSeek-V4 report; the parameter count agrees). */
function hyperConnections(config: HfConfig): number | undefined {
  const streams = maybeInt(config, 'hyperStreams')
  if (streams === undefined) return undefined
  const mixes = streams * (2 + streams)
  return 2 * (mixes * streams * int(config, 'hidden') + mixes + 3)
}

/** Joins the streams again behind the last layer. */
function hyperHead(config: HfConfig): { extraParameters?: number } {
  const streams = maybeInt(config, 'hyperStreams')
  return streams === undefined ? {} : { extraParameters: streams * streams * int(config, 'hidden') + streams + 1 }
}
