import { firstMiss, type Limit } from '../optimizer/limit.ts'
import { rowAt, type Table, tableSize } from '../optimizer/table.ts'
import type { Space } from '../spaces/space.ts'
import type { PlanRow } from './csv.ts'

/** The plans of a table as rows: each with its plan, its values and the limit it misses. */
export function* planRows(table: Table, space: Space, limits: readonly Limit[]): Generator<PlanRow> {
  for (let position = 0; position < tableSize(table); position++) {
    const index = table.indexes[position]
    const values = rowAt(table, position)
    yield { index, plan: space.at(index), reason: firstMiss(limits, values, 0)?.code ?? '', values }
  }
}
