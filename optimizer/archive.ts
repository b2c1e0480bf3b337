import { costsOf, type Objective } from './objective.ts'
import { paretoFront } from './pareto.ts'
import { emptyTable, pick, type Table, tableSize, union } from './table.ts'

/** Plans of a table that meet every limit and that none such beats (see `paretoFront` for ties and missing values). */
export function frontOf(table: Table, objectives: readonly Objective[]): Table {
  return pick(table, paretoFront(costsOf(objectives, table), objectives.length))
}

/**
 * The front of the plans of two fronts. Associative, commutative and idempotent, because a plan's values depend on the plan alone: any
 * grouping and order of ranges, shards and retries ends in the same front.
 */
export function mergeFronts(a: Table, b: Table, objectives: readonly Objective[]): Table {
  return frontOf(union(a, b), objectives)
}

/** A front that tables are added to. */
export interface Archive {
  add(table: Table): void
  front(): Table
}

/** It merges what was added once that is as much as the front, so that a long front is not copied for every few plans. */
export function archive(objectives: readonly Objective[]): Archive {
  let front = emptyTable
  let waiting: Table[] = []
  let size = 0
  const merged = () => {
    const all = waiting.reduce<Table | undefined>((a, b) => (a === undefined ? b : union(a, b)), undefined)
    if (all !== undefined) front = mergeFronts(front, all, objectives)
    waiting = []
    size = 0
    return front
  }
  return {
    add: (table) => {
      waiting.push(table)
      size += tableSize(table)
      if (size > tableSize(front)) merged()
    },
    front: merged,
  }
}
