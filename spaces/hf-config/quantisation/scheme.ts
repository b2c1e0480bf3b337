import type { Component } from '../../tensor.ts'
import type { Where } from '../../where.ts'
import type { HfConfig } from '../fields.ts'
import type { JsonObject } from '../json.ts'

/** A weight matrix as the rules of a checkpoint see it. */
export interface Weight {
  readonly component: Component
  /** Names that its module may have; checkpoints of different families call the same thing differently. */
  readonly paths: readonly string[]
}

export interface Stored {
  /** Name of a format in precision.ts. */
  readonly format: string
  /** What activations are cast to before the product. */
  readonly activation: string
}

/** How a checkpoint stores its weights. */
export interface Scheme {
  readonly quantization: string
  /** Undefined: as the model was published, unquantised. */
  readonly storedAs: (weight: Weight) => Stored | undefined
}

/** What a quantisation method is read from. */
export interface QuantConfig {
  readonly values: JsonObject
  /** `quantization_config` of config.json, where `values` come from hf_quant_config.json. */
  readonly base: JsonObject
  readonly config: HfConfig
  /** Where `values` stand. */
  readonly where: Where
}

/** Methods leave the head as it is unless they name it. */
export function isInLayer({ component }: Weight): boolean {
  return component !== 'lmHead'
}
