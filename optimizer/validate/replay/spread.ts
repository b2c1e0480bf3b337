export interface Spread {
  readonly median: number
  readonly p90: number
  /** Signed: above 0 the form is too high. */
  readonly mean: number
  readonly n: number
}

/** Over the points that have the quantity; NaN where none has. */
export function spreadOf(some: readonly { readonly errors: ReadonlyMap<string, number> }[], quantity: string): Spread {
  const errors = some.map(({ errors }) => errors.get(quantity) ?? Number.NaN).filter(Number.isFinite)
  const sizes = errors.map(Math.abs).sort((a, b) => a - b)
  const at = (share: number) => sizes[Math.floor(share * sizes.length)] ?? Number.NaN
  return { median: at(0.5), p90: at(0.9), mean: errors.reduce((sum, error) => sum + error, 0) / errors.length, n: errors.length }
}
