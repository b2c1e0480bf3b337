/** Parts of a model that checkpoints quantise separately. */
export const components = [
  'embed',
  'lmHead',
  'posEmbed',
  'attnIn',
  'attnOut',
  'indexer',
  'linearAttn',
  'denseMlp',
  'router',
  'routedExperts',
  'sharedExperts',
  'normMisc',
] as const
export type Component = (typeof components)[number]

/** Which group of ranks cuts a weight: the attention TP group, the dense-FFN one, the experts' one, the vocabulary's, or none. */
export type CutAxis = 'none' | 'attention' | 'dense' | 'expert' | 'vocab'

/**
 * A weight of one layer. One table of these per layer gives the parameter count, the bytes on each rank, the shapes of the GEMMs
 * and the legality of a width: nothing else states a shape.
 */
export interface Tensor {
  readonly name: string
  readonly component: Component
  /** Out-features (rows of the weight); the length of a vector such as a norm. */
  readonly out: number
  /** In-features; 1 for vectors. */
  readonly in: number
  /** Extra elements of a bias (cut as `out` is when `side` is out, else whole). */
  readonly bias?: number
  /** Experts: how many copies of this shape the layer holds (cut by EP as whole copies). */
  readonly copies?: number
  readonly axis: CutAxis
  /** Side that is cut: column-parallel cuts `out`, row-parallel cuts `in`. */
  readonly side: 'out' | 'in'
  /** Indivisible units along that side (query heads, KV heads, columns): a rank holds ceil(units / width) of them, so heads that run out are replicated. */
  readonly units: number
  /** Held in one matrix with its neighbours (Q, K and V) that engines cut head by head, each head with the scales it touches. */
  readonly fused?: true
}

export function tensorParameters(t: Tensor): number {
  return (t.out * t.in + (t.bias ?? 0)) * (t.copies ?? 1)
}

/** Share of the cut side that the fullest of `width` ranks holds. */
export function rankShare(t: Tensor, width: number): number {
  return t.axis === 'none' ? 1 : Math.ceil(t.units / width) / t.units
}

/** [out, in] of the tensor on the fullest rank of a group of `width`. */
export function rankShape(t: Tensor, width: number): readonly [number, number] {
  // Whole units times their length: exact, where the share itself would round.
  const cut = (length: number) => (t.axis === 'none' ? length : Math.ceil(t.units / width) * (length / t.units))
  return t.side === 'out' ? [cut(t.out), t.in] : [t.out, cut(t.in)]
}

/** A norm, a scale or another vector of `length`: whole on every rank unless a `cut` names its axis and units. */
export function vector(
  name: string,
  component: Component,
  length: number,
  cut: Pick<Tensor, 'axis' | 'units'> = { axis: 'none', units: 1 },
): Tensor {
  return { name, component, out: length, in: 1, side: 'out', ...cut }
}
