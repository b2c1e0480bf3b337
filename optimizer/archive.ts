import { costsOf, type Objective } from './objective.ts'
import { paretoFront } from './pareto.ts'
import { pick, type Table, union } from './table.ts'

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
