import type { Band } from '../../../cost-model/bands/schema.ts'

/** An error and the group of points that it belongs to. */
export interface GroupedError {
  readonly group: string
  readonly error: number
}

/**
 * The interval that holds the error of a point of a new group with a chance of at least 80 %, a tenth on either side, if groups are exchangeable.
 * Points weigh the same; as those of a group err together, it is groups that are counted for the finite sample: the new one is one more beyond either
 * end (after Dunn, Wasserman and Ramdas, "Distribution-free prediction sets for two-layer hierarchical models", JASA 118, 2023, who pool groups
 * alike; weighing points held 80 % more nearly when configurations were held out). With fewer than nine groups the ends are the extremes.
 */
export function conformalBand(errors: readonly GroupedError[]): Band {
  const groups = new Set(errors.map(({ group }) => group)).size
  const sorted = errors.toSorted((a, b) => a.error - b.error)
  const weights = sorted.map(() => groups / errors.length)
  const values = sorted.map(({ error }) => error)
  const tail = (groups + 1) / 10
  const lo = -upper(
    values.toReversed().map((value) => -value),
    weights.toReversed(),
    groups + 1 - tail,
  )
  const hi = upper(values, weights, groups + 1 - tail)
  return { lo, mid: Math.min(hi, Math.max(lo, upper(values, weights, groups / 2))), hi }
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
