import type { Catalog } from '../../spaces/catalog.ts'
import { findTables, type LeftOut, type TableFile } from './find.ts'
import { type Measurement, readTables } from './read.ts'
import { type Refused, refuseSlow } from './refuse.ts'

/** Calls that are looked at of each family on each GPU: errors of a family are then known to a few tenths of a percent. */
export const callsRead = 2000

/** What a folder of tables says of ops, as far as it is believed. */
export interface Database {
  readonly tables: readonly TableFile[]
  readonly accepted: readonly Measurement[]
  readonly refused: readonly Refused[]
  readonly leftOut: readonly LeftOut[]
  /** Rows in the tables, and how many were looked at. */
  readonly rows: number
  readonly sampled: number
}

/** Reads a folder, of each family and GPU about `most` calls, one after another: tables have millions of rows. */
export async function readDatabase(folder: string, catalog: Catalog, most: number): Promise<Database> {
  const { tables, leftOut } = findTables(folder, catalog)
  const groups = new Map<string, TableFile[]>()
  for (const table of tables) {
    const key = `${table.family.name} ${table.gpu.id}`
    groups.set(key, [...(groups.get(key) ?? []), table])
  }
  const all = { tables, accepted: [] as Measurement[], refused: [] as Refused[], leftOut: [...leftOut], rows: 0, sampled: 0 }
  for (const group of groups.values()) {
    const read = await readTables(group, most)
    const { accepted, refused } = refuseSlow(read.measurements)
    for (const one of accepted) all.accepted.push(one)
    for (const one of refused) all.refused.push(one)
    all.leftOut.push(...read.leftOut)
    all.rows += read.rows
    all.sampled += read.sampled
  }
  return all
}
