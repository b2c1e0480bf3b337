import type { Counts } from '../../cost-model/counts.ts'
import type { Op } from '../../cost-model/graph.ts'
import { InputError } from '../../spaces/issue.ts'
import type { Described, Row } from './family.ts'
import type { LeftOut, TableFile } from './find.ts'
import { type Columns, openParquet, type ParquetFile, readColumns } from './parquet.ts'

/** One measured time of an op. */
export interface Measurement {
  readonly table: TableFile
  /** Line of the table, from 0. */
  readonly line: number
  /** The same object for the same op in all tables that are read together. */
  readonly op: Op
  readonly dtype: string
  /** Of token counts over experts, where the op has any: `balanced`, `power_law_1.2`. */
  readonly distribution: string | undefined
  readonly rows: number
  readonly counts: Counts
  readonly seconds: number
  /** Equal for the same call (op and step), whichever engine's table it is in; and what is held out together. */
  readonly call: string
  readonly shape: string
}

export interface Read {
  readonly measurements: readonly Measurement[]
  /** Rows in the tables, and how many of them were looked at. */
  readonly rows: number
  readonly sampled: number
  readonly leftOut: readonly LeftOut[]
}

/**
 * Times of one family on one GPU, of about `most` calls a table: which ones depends on what is called alone, so that all engines' tables
 * keep the same ones. Tables whose schema is another are left out; InputError where one is broken.
 */
export async function readTables(tables: readonly TableFile[], most: number): Promise<Read> {
  const files = tables.map((table) => ({ table, parquet: openParquet(table.file) }))
  const largest = Math.max(...files.map(({ parquet }) => parquet.rows))
  const ops = new Map<string, Described>()
  const measurements: Measurement[] = []
  const leftOut: LeftOut[] = []
  let sampled = 0
  for (const { table, parquet } of files) {
    const lacking = needed(table, parquet).find((name) => !parquet.columns.includes(name))
    if (lacking !== undefined) {
      leftOut.push({ name: table.name, reason: `has another schema: no column ${lacking}` })
      continue
    }
    const columns = await readColumns(parquet, needed(table, parquet))
    const chosen = sample(table, columns, parquet.rows, Math.min(1, most / largest))
    sampled += chosen.length
    const skipped = new Map<string, number>()
    for (const line of chosen) {
      const found = measurementAt(table, columns, line, ops)
      if ('table' in found) measurements.push(found)
      else skipped.set(found.skip, (skipped.get(found.skip) ?? 0) + 1)
    }
    for (const [reason, n] of skipped) leftOut.push({ name: `${table.name} (${n} rows)`, reason })
  }
  return { measurements, rows: files.reduce((sum, { parquet }) => sum + parquet.rows, 0), sampled, leftOut }
}

/** Columns that are read; of those with a default, the ones that the table has. */
function needed({ family }: TableFile, { columns }: ParquetFile): readonly string[] {
  const { kind, shape, point, defaults = {} } = family
  return [...kind, ...shape, ...point, 'latency'].filter((name) => columns.includes(name) || !Object.hasOwn(defaults, name))
}

/** Lines of which a hash of what is called falls into a share of all. */
function sample({ family }: TableFile, columns: Columns, rows: number, share: number): readonly number[] {
  if (share === 1) return Array.from({ length: rows }, (_, i) => i)
  const mixed = new Uint32Array(rows)
  for (const name of [...family.shape, ...family.point]) {
    const column = columns.get(name)
    const constant = family.defaults?.[name] ?? 0
    for (let i = 0; i < rows; i++) mixed[i] = mix(mixed[i]! ^ (column === undefined ? constant : Number(column[i])))
  }
  const chosen: number[] = []
  for (let i = 0; i < rows; i++) if (mixed[i]! < share * 2 ** 32) chosen.push(i)
  return chosen
}

/** A bijection of 32-bit integers whose bits all depend on each other (Mueller). */
function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b)
  return (x ^ (x >>> 16)) + 0x9e3779b9
}

function measurementAt(table: TableFile, columns: Columns, line: number, ops: Map<string, Described>): Measurement | { skip: string } {
  const { family, engine } = table
  const row = rowAt(table, columns, line)
  const seconds = row.number('latency') / 1e3
  if (!(seconds > 0)) return { skip: 'a latency that is not above 0' }
  const shape = family.shape.map(row.number).join(' ')
  const described = once(ops, `${family.kind.map(row.text).join(' ')} ${shape}`, () => shared(ops, family.op(row, engine)))
  if ('skip' in described) return described
  const distribution = family.kind.includes('distribution') ? row.text('distribution') : undefined
  const call = `${described.dtype} ${distribution} ${identity(described.op)} ${family.point.map(row.number).join(' ')}`
  return { table, line, ...described, distribution, ...family.step(row), seconds, call, shape }
}

/** The op that another row described in the same words of ours. */
function shared(ops: Map<string, Described>, described: Described): Described {
  return 'skip' in described ? described : once(ops, `= ${described.dtype} ${JSON.stringify(described.op)}`, () => described)
}

function once(ops: Map<string, Described>, key: string, make: () => Described): Described {
  const found = ops.get(key) ?? make()
  ops.set(key, found)
  return found
}

const identities = new WeakMap<Op, number>()
let known = 0

function identity(op: Op): number {
  const found = identities.get(op) ?? known++
  identities.set(op, found)
  return found
}

function rowAt({ family: { defaults }, file }: TableFile, columns: Columns, line: number): Row {
  const cell = (name: string) => columns.get(name)?.[line] ?? defaults?.[name]
  const wrong = (name: string, what: string) =>
    new InputError({ path: name, code: 'out-of-range', message: `must be ${what}, not ${cell(name)}, in row ${line}`, file })
  return {
    text: (name) => String(cell(name)),
    number: (name) => {
      const value = Number(cell(name) ?? Number.NaN)
      if (!Number.isFinite(value)) throw wrong(name, 'a number')
      return value
    },
  }
}
