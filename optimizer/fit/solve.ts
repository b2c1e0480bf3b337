/** A linear model of residuals about a point: what they are there, and how each parameter moves them; rows weigh by their own standard error. */
export interface Linearised {
  readonly at: readonly number[]
  readonly residuals: readonly Residual[]
}

export interface Residual {
  /** ln(predicted / measured) at the point, and its derivatives by the parameters that it depends on, which `places` names. */
  readonly value: number
  readonly slopes: readonly number[]
  readonly places: readonly number[]
  readonly error: number
}

/** Parameters known beforehand: means, standard errors, bounds. */
export interface Known {
  readonly mean: readonly number[]
  readonly spread: readonly number[]
  readonly least: readonly number[]
  readonly most: readonly number[]
}

const rounds = 30
/** Residuals beyond so many standard errors count as if they were linear (Huber). */
const outlying = 1.5

/**
 * Bounded robust least squares (Huber's loss by iterated weights, a Gaussian prior per parameter), by coordinate descent on the normal
 * equations. Deterministic.
 */
export function solve({ at, residuals }: Linearised, known: Known): readonly number[] {
  const n = at.length
  const x = at.slice()
  for (let round = 0; round < rounds; round++) {
    const a = Array.from({ length: n }, () => new Float64Array(n))
    const b = new Float64Array(n)
    for (const { value, slopes, places, error } of residuals) {
      let now = value
      for (const [i, slope] of slopes.entries()) now += slope * (x[places[i]!]! - at[places[i]!]!)
      const weight = Math.min(1, outlying / (Math.abs(now) / error)) / error ** 2
      // Without what the parameters do: target of the linear model at x = 0.
      let target = -value
      for (const [i, slope] of slopes.entries()) target += slope * at[places[i]!]!
      for (const [i, slope] of slopes.entries()) {
        b[places[i]!]! += weight * slope * target
        for (const [j, other] of slopes.entries()) a[places[i]!]![places[j]!]! += weight * slope * other
      }
    }
    for (let i = 0; i < n; i++) {
      a[i]![i]! += 1 / known.spread[i]! ** 2
      b[i]! += known.mean[i]! / known.spread[i]! ** 2
    }
    const moved = descend(a, b, x, known)
    if (moved < 1e-6) break
  }
  return x
}

/** Minimises x'ax/2 - bx within bounds, one coordinate after the other; how far x moved at most. */
function descend(a: readonly Float64Array[], b: Float64Array, x: number[], { least, most }: Known): number {
  const before = x.slice()
  for (let sweep = 0; sweep < 500; sweep++) {
    let step = 0
    for (let i = 0; i < x.length; i++) {
      let rest = b[i]!
      for (let j = 0; j < x.length; j++) if (j !== i) rest -= a[i]![j]! * x[j]!
      const best = Math.min(most[i]!, Math.max(least[i]!, rest / a[i]![i]!))
      step = Math.max(step, Math.abs(best - x[i]!))
      x[i] = best
    }
    if (step < 1e-9) break
  }
  return Math.max(...x.map((value, i) => Math.abs(value - before[i]!)))
}
