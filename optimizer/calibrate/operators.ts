import type { Calibration } from '../../cost-model/calibration.ts'
import type { Catalog } from '../../spaces/catalog.ts'
import { InputError } from '../../spaces/issue.ts'
import { callsRead, type Database, readDatabase } from '../perf-database/database.ts'
import { fitOperators, type OperatorFit } from './fit.ts'

type Efficiency = Calibration['efficiency']

export interface Calibrated {
  readonly database: Database
  readonly fit: OperatorFit
  /** A whole file of efficiencies: the fitted rows, and the others as they were. */
  readonly efficiency: Efficiency
}

/** Fits a calibration's efficiencies to a folder of operator tables; `asOf`: the date that the file states. */
export async function calibrateOperators(folder: string, asOf: string, calibration: Calibration, catalog: Catalog): Promise<Calibrated> {
  const database = await readDatabase(folder, catalog, callsRead)
  const fit = fitOperators(database.accepted, calibration, catalog)
  if (fit.changed.length + fit.kept.length === 0) {
    const message = 'holds too few times of products, attention or experts to fit anything'
    throw new InputError({ path: '', code: 'empty', message, file: folder })
  }
  return { database, fit, efficiency: { ...fit.calibration.efficiency, source: sourceOf(database), date: asOf } }
}

function sourceOf({ tables, accepted, rows }: Database): string {
  const list = (names: readonly string[]) => [...new Set(names)].sort().join(', ')
  const engines = list(tables.map(({ engine, version }) => `${engine} ${version}`))
  const gpus = list(tables.map(({ gpu }) => gpu.id))
  const how = `bounded least absolute log errors over ${accepted.length} of ${rows} times of operator tables in AIConfigurator's layout`
  return `${how} (${engines}; ${gpus}), none slower than 1.15 x the fastest engine's; rows of other bases as they were`
}

/** A file that says so, one row to a line. */
export function efficiencyJson(efficiency: Efficiency): string {
  const parts = Object.entries(efficiency).map(([key, value]) => `  ${JSON.stringify(key)}: ${indented(value)}`)
  return `{\n${parts.join(',\n')}\n}\n`
}

function indented(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value)
  return `[\n${value.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
}

/** What such a file has among its first lines. */
export const efficiencyMark = '"source"'
