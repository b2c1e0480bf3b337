import { type ColumnName, columnIndex, rowWidth } from '../../cost-model/column.ts'
import { objectivesOf } from '../../optimizer/objective.ts'
import type { Table } from '../../optimizer/table.ts'

/** A row whose values are NaN but for those given (SI) and the status, which is ok unless given. */
export function rowOf(values: Partial<Record<ColumnName, number>>): Float64Array {
  const row = new Float64Array(rowWidth).fill(Number.NaN)
  for (const [name, value] of Object.entries({ status: 0, ...values })) row[columnIndex(name as ColumnName)] = value
  return row
}

/** A table of plans by index. */
export function tableOf(plans: readonly (readonly [index: number, values: Partial<Record<ColumnName, number>>])[]): Table {
  const sorted = [...plans].sort(([a], [b]) => a - b)
  const rows = new Float64Array(sorted.length * rowWidth)
  for (const [i, [, values]] of sorted.entries()) rows.set(rowOf(values), i * rowWidth)
  return { indexes: Float64Array.from(sorted, ([index]) => index), rows }
}

/** Latency and throughput, as most studies have them. */
export const twoObjectives = objectivesOf(['tpot_ms', 'out_tok_s_per_gpu'])
