import type { Database } from '../../perf-database/database.ts'
import { type Refused, slowest } from '../../perf-database/refuse.ts'
import { grouped } from '../serving/groups.ts'
import type { SideBySide, Validation } from '../suite.ts'

/** What was read, and what of it is not believed or left out, and why. */
export function databaseTables(database: Database): readonly SideBySide[] {
  return [refusedTable(database), leftOutTable(database), readTable(database)]
}

/** Every measured op that is not compared. */
export function skippedRows({ refused, leftOut }: Database): Validation['skipped'] {
  return [...refused.map(refusedRow), ...leftOut.map(({ name, reason }) => ({ row_id: name, reason }))]
}

function refusedRow({ measurement: { table, line }, times, fastest }: Refused) {
  return { row_id: `${table.name}:${line}`, reason: `takes ${times.toFixed(2)} x as long as ${fastest}` }
}

/** How many of each table's calls are not believed. */
function refusedTable({ accepted, refused }: Database): SideBySide {
  const kept = grouped(accepted, ({ table }) => table.name)
  const rows = [...grouped(refused, ({ measurement }) => measurement.table.name)].map(([name, some]) => {
    return [name, some.length, some.length + (kept.get(name)?.length ?? 0), Number(Math.max(...some.map(({ times }) => times)).toFixed(1))]
  })
  const title = `refused: slower than ${slowest} x another engine's table for the same call on the same GPU`
  return { title, header: ['table', 'refused', 'of', 'slowest, times'], rows, notes: [] }
}

function leftOutTable({ leftOut }: Database): SideBySide {
  const rows = [...grouped(leftOut, ({ reason }) => reason)].map(([reason, some]) => [some.length, some[0]!.name, reason])
  return { title: 'left out', header: ['tables', 'for example', 'reason'], rows, notes: [] }
}

function readTable({ tables, rows, sampled, accepted, refused }: Database): SideBySide {
  const header = ['tables', 'rows', 'looked at', 'believed', 'refused']
  const notes = ['Which rows are looked at is chosen by a hash of what is called, the same for all engines.']
  return { title: 'read', header, rows: [[tables.length, rows, sampled, accepted.length, refused.length]], notes }
}
