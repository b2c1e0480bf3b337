import type { Attention } from '../../attention/index.ts'
import { type HfConfig, int, layerList } from '../fields.ts'

/** DeepSeek-V4: `compress_ratios` has an entry per layer, then one per multi-token-prediction layer; ratio 4 comes with an index. */
export function dsv4(config: HfConfig, layer: number): Attention {
  const ratios = layerList<number>(config, 'compress_ratios', 'number', int(config, 'layers'))
  const compressRatio = ratios?.[layer] ?? 0
  return {
    kind: 'dsv4',
    heads: int(config, 'heads'),
    headDim: int(config, 'headDim'),
    qkRope: int(config, 'qkRope'),
    qLoraRank: int(config, 'qLoraRank'),
    oGroups: int(config, 'oGroups'),
    oLoraRank: int(config, 'oLoraRank'),
    window: int(config, 'window'),
    compressRatio,
    ...(compressRatio === 4 && {
      indexer: { kind: 'csa', heads: int(config, 'indexHeads'), dim: int(config, 'indexDim'), topK: int(config, 'indexTopK') },
    }),
  }
}
