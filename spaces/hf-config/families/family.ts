import type { Attention } from '../../attention/index.ts'
import type { Ffn } from '../../ffn/index.ts'
import type { Model } from '../../model.ts'
import type { HfConfig } from '../fields.ts'

/** How the config.json of some model types reads. What is not said here is as in Llama: RMSNorm, an own head, a norm per block. */
export interface Family {
  readonly modelTypes: readonly string[]
  readonly attention: (config: HfConfig, layer: number) => Attention
  readonly ffn: (config: HfConfig, layer: number) => Ffn
  /** Number of layers, where `num_hidden_layers` may be missing. */
  readonly layers?: (config: HfConfig) => number
  /** Norms of a layer. Default: one before the mixer and one before the FFN, as far as it has them. */
  readonly norms?: (config: HfConfig, layer: number) => number
  /** Parameters of a layer outside its mixer, FFN and norms. */
  readonly layerExtra?: (config: HfConfig, layer: number) => number | undefined
  readonly norm?: Model['norm']
  /** What `tie_word_embeddings` means where it is left out. */
  readonly tied?: boolean
  /** What the family's published code takes numbers to be that config.json leaves out. */
  readonly defaults?: HfConfig['defaults']
  readonly edges?: (config: HfConfig) => Pick<Model, 'learnedPositions' | 'extraParameters' | 'lmHeadBias'>
  /** One layer of multi-token prediction; read where the config says that there are any. */
  readonly mtp?: MtpReader
}

interface MtpReader {
  readonly attention: (config: HfConfig, layers: number) => Attention
  readonly ffn: (config: HfConfig, layers: number) => Ffn
  readonly extra?: (config: HfConfig) => number | undefined
  /** Stored with a copy of the embedding and of the head. */
  readonly ownEdges?: true
}

export function always(): boolean {
  return true
}

export function never(): boolean {
  return false
}
