import { columnIndex, rowWidth, type Status, statuses } from '../cost-model/column.ts'

export const statusAt = columnIndex('status')
export const okStatus = statusNumber('ok')

/** A status as rows store it. */
export function statusNumber(status: Status): number {
  return statuses.indexOf(status)
}

/** Values of some plans, ascending by plan index: `rowWidth` numbers each, in the order of the column table. */
export interface Table {
  readonly indexes: Float64Array
  readonly rows: Float64Array
}

export const emptyTable: Table = { indexes: new Float64Array(0), rows: new Float64Array(0) }

/** Bytes of one plan in a table. */
export const bytesPerPlan = (rowWidth + 1) * Float64Array.BYTES_PER_ELEMENT

export function tableSize(table: Table): number {
  return table.indexes.length
}

/** Values of the plan at a position. */
export function rowAt(table: Table, position: number): Float64Array {
  return table.rows.subarray(position * rowWidth, (position + 1) * rowWidth)
}

/** The plans at some positions, ascending. */
export function pick(table: Table, positions: readonly number[]): Table {
  const rows = new Float64Array(positions.length * rowWidth)
  for (const [i, position] of positions.entries()) rows.set(rowAt(table, position), i * rowWidth)
  return { indexes: Float64Array.from(positions, (position) => table.indexes[position]!), rows }
}

/** Plans of either table; of those in both, the one of `a`. */
export function union(a: Table, b: Table): Table {
  const most = tableSize(a) + tableSize(b)
  const indexes = new Float64Array(most)
  const rows = new Float64Array(most * rowWidth)
  let [i, j, count] = [0, 0, 0]
  while (i < tableSize(a) || j < tableSize(b)) {
    const [left, right] = [a.indexes[i] ?? Infinity, b.indexes[j] ?? Infinity]
    indexes[count] = Math.min(left, right)
    rows.set(left <= right ? rowAt(a, i) : rowAt(b, j), count * rowWidth)
    if (left <= right) i++
    if (right <= left) j++
    count++
  }
  return { indexes: indexes.slice(0, count), rows: rows.slice(0, count * rowWidth) }
}

/** A table that grows: rows are written in place, then added. */
export interface TableBuilder {
  /** Where to write the next row. Valid until `add`. */
  scratch(): { readonly rows: Float64Array; readonly offset: number }
  /** Adds what was written as the row of a plan. */
  add(index: number): void
  /** What was added so far; valid until the next `scratch`. */
  table(): Table
  /** Forgets what was added. */
  clear(): void
}

export function tableBuilder(): TableBuilder {
  let indexes = new Float64Array(256)
  let rows = new Float64Array(256 * rowWidth)
  let count = 0
  return {
    scratch: () => {
      if (count === indexes.length) {
        indexes = doubled(indexes)
        rows = doubled(rows)
      }
      return { rows, offset: count * rowWidth }
    },
    add: (index) => {
      indexes[count++] = index
    },
    table: () => ({ indexes: indexes.subarray(0, count), rows: rows.subarray(0, count * rowWidth) }),
    clear: () => {
      count = 0
    },
  }
}

/** A copy in memory that threads share: crossing costs nothing. */
export function shared({ indexes, rows }: Table): Table {
  return { indexes: sharedCopy(indexes), rows: sharedCopy(rows) }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(array.length * 2)
  longer.set(array)
  return longer
}

function sharedCopy(array: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(array.byteLength))
  copy.set(array)
  return copy
}
