import { rowWidth } from '../../cost-model/column.ts'
import { type Limit, worstViolation } from '../limit.ts'
import type { Objective } from '../objective.ts'
import { pick, rowAt, type Table, tableSize } from '../table.ts'

/** How far the closed form may be off: plans this close to the front, or to a limit, are looked at again. */
export const epsilon = 0.05

/** How close to the front plans are remembered: where replays move the front back by as much, others come close to it. */
export const reach = 2 * epsilon

/** What plans are compared by. */
export interface Judged {
  readonly objectives: readonly Objective[]
  readonly limits: readonly Limit[]
}

/**
 * Plans of a table that may belong to the front although their values say they do not: no plan of the front is better by more than `reach`
 * in every objective, and no limit is missed by more. The front's own plans are among them. A plan with a missing value is not.
 *
 * Against a better front fewer plans are near. So the plans near the front of a whole are among those near the fronts of its parts.
 */
export function nearOf(table: Table, front: Table, judged: Judged): Table {
  const positions: number[] = []
  for (let i = 0; i < tableSize(table); i++) if (distance(rowAt(table, i), front, judged) <= reach) positions.push(i)
  return pick(table, positions)
}

/**
 * By what share a plan would have to be better, in every objective at once and in every limit that it misses, to belong to the front; 0 where
 * it does. Above `reach` it is not exact. Infinity where it lacks a value.
 */
export function distance(row: Float64Array, front: Table, { objectives, limits }: Judged): number {
  if (objectives.some(({ at }) => Number.isNaN(row[at]))) return Number.POSITIVE_INFINITY
  let far = worstViolation(limits, row, 0)
  for (let offset = 0; offset < front.rows.length && far <= reach; offset += rowWidth) {
    let least = Number.POSITIVE_INFINITY
    for (const { at, sign } of objectives) least = Math.min(least, worse(row[at]!, front.rows[offset + at]!, sign))
    far = Math.max(far, least)
  }
  return far
}

/** By what share the first value is worse than the second; 0 where it is not. */
function worse(value: number, than: number, sign: 1 | -1): number {
  const [more, less] = sign === 1 ? [value, than] : [than, value]
  return more > less ? more / less - 1 : 0
}
