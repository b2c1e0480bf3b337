import { openCatalog } from '../../../spaces/catalog.ts'
import { InputError } from '../../../spaces/issue.ts'
import { loadCalibration } from '../../calibration.ts'
import { type Database, readDatabase } from '../../perf-database/database.ts'
import { makePredictor } from '../../perf-database/predict.ts'
import { type Refused, slowest } from '../../perf-database/refuse.ts'
import { grouped } from '../serving/groups.ts'
import type { SideBySide, Suite, Validation } from '../suite.ts'
import { operatorMetrics, operatorTables, worstFamily } from './tables.ts'

/** Calls that are looked at of each family on each GPU: errors of a family are then known to a few tenths of a percent. */
const calls = 2000

/** Measured times of single ops, each predicted by what times the ops of a plan. */
export const operatorsSuite: Suite = {
  name: 'operators',
  summary: 'measured times of single ops, a folder in the layout of an AIConfigurator performance database (--data): errors by family',
  takes: ['data', 'maxError'],
  run: async ({ data }) => {
    if (data === undefined) {
      const message = 'needs a folder of operator tables'
      throw new InputError({ path: '--data', code: 'missing-key', message, suggestion: 'SYSTEM/FAMILY/ENGINE/VERSION/*.parquet' })
    }
    return validate(await readDatabase(data, openCatalog(), calls))
  },
}

function validate(database: Database): Validation {
  const { seconds } = makePredictor(loadCalibration(), openCatalog())
  const all = database.accepted.map((measurement) => ({ measurement, seconds: seconds(measurement) }))
  const left = database.leftOut.map(({ name, reason }) => ({ row_id: name, reason }))
  return {
    checks: [],
    sideBySide: [...operatorTables(all), refusedTable(database), leftOutTable(database), readTable(database)],
    metrics: operatorMetrics(all),
    skipped: [...database.refused.map(skippedRow), ...left],
    covered: all.length,
    error: worstFamily(all),
  }
}

function skippedRow({ measurement: { table, line }, times, fastest }: Refused) {
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
