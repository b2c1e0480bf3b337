import { rowWidth } from '../cost-model/column.ts'
import { createEvaluator } from '../cost-model/evaluate.ts'
import { firstMiss } from '../optimizer/limit.ts'
import type { PlanSpace } from '../optimizer/plan-space.ts'
import type { Setting } from '../optimizer/setting.ts'
import { rowAt, statusAt, statusNumber, type Table, tableSize } from '../optimizer/table.ts'
import type { PlanRow } from './csv.ts'

const outOfMemory = statusNumber('out-of-memory')

/** The plans of a table as rows: each with its plan, its values and the code of what stands against it. */
export function* planRows(table: Table, space: PlanSpace, { scenario, limits }: Setting): Generator<PlanRow> {
  const { evaluate } = createEvaluator(scenario)
  const scratch = new Float64Array(rowWidth)
  for (let position = 0; position < tableSize(table); position++) {
    const index = table.indexes[position]
    const plan = space.at(index)
    const values = rowAt(table, position)
    // Rows hold numbers only: which memory term binds is asked again of the few plans that do not fit.
    const against = values[statusAt] === outOfMemory ? evaluate(plan, scratch, 0) : firstMiss(limits, values, 0)
    yield { index, plan, reason: against?.code ?? '', values }
  }
}

/** Whether the plan got times. */
export function hasTimes({ values }: PlanRow): boolean {
  return values[statusAt] !== outOfMemory
}

/** One row in `every`, and those that must not be missing, in order: at most about `most` in all. */
export function thinRows(
  rows: readonly PlanRow[],
  must: ReadonlySet<number>,
  most: number,
): { readonly rows: readonly PlanRow[]; readonly every: number } {
  const every = Math.max(1, Math.ceil(rows.length / most))
  return { every, rows: rows.filter(({ index }, i) => i % every === 0 || must.has(index)) }
}
