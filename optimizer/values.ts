import { type Column, columns } from '../cost-model/column.ts'

/** A stored value as it is published: in the column's unit and digits, a word for a label, null where there is none (or no bound). */
export function jsonValue(column: Column, stored: number): number | string | null {
  if (!Number.isFinite(stored)) return null
  if (column.labels !== undefined) return column.labels[stored] ?? null
  return Number((stored * column.scale).toPrecision(column.digits))
}

/** A row of stored values by column name. */
export function jsonRow(row: ArrayLike<number>): Readonly<Record<string, number | string | null>> {
  return Object.fromEntries(columns.map((c, i) => [c.name, jsonValue(c, row[i] ?? Number.NaN)]))
}
