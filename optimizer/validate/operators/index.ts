import { openCatalog } from '../../../spaces/catalog.ts'
import { InputError } from '../../../spaces/issue.ts'
import { loadCalibration } from '../../calibration.ts'
import { callsRead, type Database, readDatabase } from '../../perf-database/database.ts'
import { makePredictor } from '../../perf-database/predict.ts'
import type { Suite, Validation } from '../suite.ts'
import { databaseTables, skippedRows } from './database-tables.ts'
import { operatorMetrics, operatorTables, worstFamily } from './tables.ts'

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
    return validate(await readDatabase(data, openCatalog(), callsRead))
  },
}

function validate(database: Database): Validation {
  const { seconds } = makePredictor(loadCalibration(), openCatalog())
  const all = database.accepted.map((measurement) => ({ measurement, seconds: seconds(measurement) }))
  return {
    checks: [],
    sideBySide: [...operatorTables(all), ...databaseTables(database)],
    metrics: operatorMetrics(all),
    skipped: skippedRows(database),
    covered: all.length,
    error: worstFamily(all),
  }
}
