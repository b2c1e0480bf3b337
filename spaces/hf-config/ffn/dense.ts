import type { Ffn } from '../../ffn/index.ts'
import { flag, type HfConfig, int } from '../fields.ts'

interface DenseTraits {
  /** Three matrices (SwiGLU, GeGLU); false: two. */
  readonly gated?: boolean
  readonly bias?: (config: HfConfig) => boolean
  readonly intermediate?: (config: HfConfig) => number
}

export function dense({ gated = true, bias = mlpBias, intermediate = ffnSize }: DenseTraits = {}) {
  return (config: HfConfig): Ffn => ({ kind: 'dense', intermediate: intermediate(config), gated, ...(bias(config) && { bias: true }) })
}

function mlpBias(config: HfConfig): boolean {
  return flag(config, ['mlp_bias'])
}

function ffnSize(config: HfConfig): number {
  return int(config, 'intermediate')
}

/** Families whose code fixes the FFN to four times the hidden size. */
export function fourTimesHidden(config: HfConfig): number {
  return 4 * int(config, 'hidden')
}
