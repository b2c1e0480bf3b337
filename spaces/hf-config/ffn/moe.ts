import type { Ffn } from '../../ffn/index.ts'
import { type HfConfig, int, layerInt, maybeInt, maybeText, problem } from '../fields.ts'

type Moe = Extract<Ffn, { kind: 'moe' }>
type LayerNumber = (config: HfConfig, layer: number) => number | undefined

interface MoeTraits {
  readonly gated?: boolean
  readonly intermediate?: LayerNumber
  /** Width of all shared experts together. */
  readonly shared?: LayerNumber
  /** Further keys of the block: router biases, latents and the like. */
  readonly more?: (config: HfConfig, layer: number) => Partial<Moe>
}

export function moe({ gated = true, intermediate = expertSize, shared, more }: MoeTraits = {}) {
  return (config: HfConfig, layer: number): Ffn => {
    const experts = layerInt(config, 'experts', layer) ?? int(config, 'experts')
    const topK = layerInt(config, 'topK', layer) ?? int(config, 'topK')
    if (topK > experts) throw problem(config, 'num_experts_per_tok', 'out-of-range', `${topK} experts per token of ${experts} experts`)
    const sharedIntermediate = shared?.(config, layer)
    return {
      kind: 'moe',
      experts,
      topK,
      intermediate: intermediate(config, layer) ?? int(config, 'moeIntermediate'),
      gated,
      ...groups(config, experts, topK),
      ...(sharedIntermediate && { sharedIntermediate }),
      ...more?.(config, layer),
    }
  }
}

/** Groups that limit a token's choice; one group, or all of them, limit nothing, and a greedy router ignores them. */
function groups(config: HfConfig, experts: number, topK: number): Pick<Moe, 'groups'> {
  const count = maybeInt(config, 'expertGroups') ?? 1
  const limit = maybeInt(config, 'groupLimit') ?? count
  if (limit >= count || maybeText(config, 'topk_method') === 'greedy') return {}
  if (experts % count !== 0) throw problem(config, 'n_group', 'out-of-range', `${experts} experts do not divide into ${count} groups`)
  if (topK * count > experts * limit)
    throw problem(config, 'topk_group', 'out-of-range', `${limit} of ${count} groups hold fewer than ${topK} of ${experts} experts`)
  return { groups: { count, limit } }
}

function expertSize(config: HfConfig, layer: number): number | undefined {
  return layerInt(config, 'moeIntermediate', layer)
}

/** Families whose `intermediate_size` is the size of an expert. */
export function expertSizeIsFfnSize(config: HfConfig): number {
  return maybeInt(config, 'moeIntermediate') ?? int(config, 'intermediate')
}

/** Shared experts of the size of a routed one. */
export function sharedExperts(config: HfConfig, layer: number): number | undefined {
  const count = layerInt(config, 'sharedExperts', layer)
  return count && count * (expertSize(config, layer) ?? int(config, 'moeIntermediate'))
}

/** The width of the shared experts is given as such. */
export function sharedSize(config: HfConfig): number | undefined {
  return maybeInt(config, 'sharedIntermediate')
}

export function routerBias(): Partial<Moe> {
  return { routerBias: true }
}
