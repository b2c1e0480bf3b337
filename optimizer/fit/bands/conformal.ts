import type { Band } from '../../../cost-model/bands/schema.ts'

/** An error and the group of points that it belongs to. */
export interface GroupedError {
  readonly group: string
  readonly error: number
}

/**
 * The interval that holds the error of a point of a new group with a chance of at least 80 %, a tenth on either side, if groups are exchangeable.
 * Groups weigh the same however many points they have, and the new one counts as a group beyond either end: n + 1 (Dunn, Wasserman and Ramdas,
 * "Distribution-free prediction sets for two-layer hierarchical models", JASA 118, 2023). With fewer than nine groups the ends are the extremes.
 */
export function conformalBand(errors: readonly GroupedError[]): Band {
  const sizes = new Map<string, number>()
  for (const { group } of errors) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  const sorted = errors.toSorted((a, b) => a.error - b.error)
  const weights = sorted.map(({ group }) => 1 / sizes.get(group)!)
  const values = sorted.map(({ error }) => error)
  const tail = (sizes.size + 1) / 10
  const lo = -upper(
    values.toReversed().map((value) => -value),
    weights.toReversed(),
    sizes.size + 1 - tail,
  )
  const hi = upper(values, weights, sizes.size + 1 - tail)
  return { lo, mid: Math.min(hi, Math.max(lo, upper(values, weights, sizes.size / 2))), hi }
}

/** The smallest value up to which the weights sum to so much; the last where they never do. */
function upper(values: readonly number[], weights: readonly number[], wanted: number): number {
  let sum = 0
  for (const [i, weight] of weights.entries()) {
    sum += weight
    if (sum >= wanted - 1e-9) return values[i]!
  }
  return values.at(-1)!
}
