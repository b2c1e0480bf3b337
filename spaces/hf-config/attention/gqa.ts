import type { Attention } from '../../attention/index.ts'
import { flag, type HfConfig, int, maybeInt, problem } from '../fields.ts'

type Gqa = Extract<Attention, { kind: 'gqa' }>

/** What a family does with plain attention beside its shape. */
export interface GqaTraits {
  /** Default: `attention_bias` or one of its other spellings. */
  readonly qkvBias?: (config: HfConfig) => boolean
  /** Default: none. */
  readonly oBias?: (config: HfConfig) => boolean
  readonly qkNorm?: (config: HfConfig) => Gqa['qkNorm']
  readonly kvHeads?: (config: HfConfig) => number | undefined
  readonly gate?: Gqa['gate']
  readonly sinks?: boolean
  /** Tokens that a layer looks back, where that is not all of them. */
  readonly window?: (config: HfConfig, layer: number) => number | undefined
}

/** Multi-head, multi-query and grouped-query attention. */
export function gqa(traits: GqaTraits = {}) {
  return (config: HfConfig, layer: number): Gqa => {
    const { heads, kvHeads, headDim } = shape(config, traits)
    return headed({ heads, kvHeads, headDim }, config, layer, traits)
  }
}

/** The same heads in every layer. */
function shape(config: HfConfig, traits: GqaTraits) {
  const heads = int(config, 'heads')
  const kvHeads = (traits.kvHeads ?? kvHeadsOf)(config) ?? heads
  return { heads, kvHeads, headDim: headDimOf(config, heads) }
}

interface Heads {
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly vHeadDim?: number | undefined
}

/** The traits of a family on heads that were read already; a KV head serves a whole number of query heads. */
export function headed(heads: Heads, config: HfConfig, layer: number, traits: GqaTraits): Gqa {
  if (heads.heads % heads.kvHeads !== 0) {
    throw problem(config, 'num_key_value_heads', 'out-of-range', `${heads.kvHeads} KV heads do not divide ${heads.heads} attention heads`)
  }
  const { vHeadDim = heads.headDim, ...rest } = heads
  const qkNorm = traits.qkNorm?.(config)
  const window = traits.window?.(config, layer)
  return {
    kind: 'gqa',
    ...rest,
    ...(vHeadDim === heads.headDim ? {} : { vHeadDim }),
    ...((traits.qkvBias ?? attentionBias)(config) && { qkvBias: true }),
    ...(traits.oBias?.(config) && { oBias: true }),
    ...(qkNorm && { qkNorm }),
    ...(traits.gate && { gate: traits.gate }),
    ...(window && { window }),
    ...(traits.sinks && { sinks: true }),
  }
}

export function kvHeadsOf(config: HfConfig): number | undefined {
  return maybeInt(config, 'kvHeads')
}

/** As given, else the hidden size over the heads. */
export function headDimOf(config: HfConfig, heads: number): number {
  const given = maybeInt(config, 'headDim')
  if (given !== undefined) return given
  const hidden = int(config, 'hidden')
  if (hidden % heads === 0) return hidden / heads
  throw problem(
    config,
    'num_attention_heads',
    'out-of-range',
    `${heads} heads do not divide a hidden size of ${hidden}; head_dim is not given`,
  )
}

export function attentionBias(config: HfConfig): boolean {
  return flag(config, ['attention_bias', 'qkv_bias', 'add_qkv_bias', 'use_qkv_bias', 'use_bias', 'bias'])
}

export function qkNormIf(key: string, kind: Gqa['qkNorm']) {
  return (config: HfConfig): Gqa['qkNorm'] => (flag(config, [key]) ? kind : undefined)
}
