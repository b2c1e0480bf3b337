import { type ColumnName, columnIndex, columns, findColumn, rowWidth } from '../cost-model/column.ts'
import { okStatus, statusAt, type Table } from './table.ts'

/** A column to make better. */
export interface Objective {
  readonly column: ColumnName
  /** Position of its value in a row. */
  readonly at: number
  /** Value x sign is a cost: less is better. */
  readonly sign: 1 | -1
}

/** Columns that have a better direction: the ones that may be objectives. */
export const objectiveColumns: readonly ColumnName[] = columns.filter((c) => c.better !== null).map((c) => c.name)

export function objectivesOf(names: readonly ColumnName[]): readonly Objective[] {
  return names.map((column) => ({ column, at: columnIndex(column), sign: findColumn(column)?.better === 'high' ? -1 : 1 }))
}

/**
 * Costs of every plan of a table: objectives.length numbers each, less is better; NaN where a value is missing, and for plans that
 * miss a limit.
 */
export function costsOf(objectives: readonly Objective[], { rows }: Table): Float64Array {
  const costs = new Float64Array((rows.length / rowWidth) * objectives.length)
  let out = 0
  for (let offset = 0; offset < rows.length; offset += rowWidth) {
    const ok = rows[offset + statusAt] === okStatus
    for (const { at, sign } of objectives) costs[out++] = ok ? sign * rows[offset + at]! : Number.NaN
  }
  return costs
}
