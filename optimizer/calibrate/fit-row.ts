import type { Calibration, EfficiencyRow } from '../../cost-model/calibration.ts'
import type { RateSource } from '../../cost-model/device.ts'
import type { Catalog } from '../../spaces/catalog.ts'
import { makePredictor } from '../perf-database/predict.ts'
import type { Measurement } from '../perf-database/read.ts'
import { constantsOf, valuesOf, withValues } from './constants.ts'
import { fitBounded } from './least-squares.ts'

/** What a fit is of: a row of efficiencies, and the measured ops that it times. */
export interface RowTask {
  readonly row: EfficiencyRow
  /** Where the calibration had their constants from: the row itself, or one that stood in for it. */
  readonly source: RateSource
  readonly measurements: readonly Measurement[]
}

/** Steps from constants that are nearly right, as those of a fit to most of the same ops are. */
const fewSteps = 6

/** The row with the constants that fit best to some of its ops. */
export function fitRow(task: RowTask, some: readonly Measurement[], calibration: Calibration, catalog: Catalog, near?: EfficiencyRow) {
  const { row, source } = task
  const constants = constantsOf(row.family)
  const residuals = (values: readonly number[]) => logRatios(withRow(calibration, { ...row, ...exact(values) }), catalog, some)
  const exact = (values: readonly number[]) => Object.fromEntries(constants.map(({ name }, i) => [name, values[i]!]))
  const from = near === undefined ? source : { ...source, row: near }
  const { values } = fitBounded(valuesOf(constants, from), constants, residuals, near === undefined ? undefined : fewSteps)
  return withValues(row, constants, values)
}

/** ln(predicted / measured) of each op. */
export function logRatios(calibration: Calibration, catalog: Catalog, some: readonly Measurement[]): Float64Array {
  const { seconds } = makePredictor(calibration, catalog)
  return Float64Array.from(some, (one) => Math.log(seconds(one) / one.seconds))
}

/** The calibration with one row of efficiencies more, or another in its place. */
export function withRow({ efficiency, ...rest }: Calibration, row: EfficiencyRow): Calibration {
  const at = efficiency.rows.findIndex((one) => sameRow(one, row))
  // Rows are looked for in their order: a new one before those that stand in for it.
  const rows = at < 0 ? [row, ...efficiency.rows] : efficiency.rows.with(at, row)
  return { ...rest, efficiency: { ...efficiency, rows } }
}

function sameRow(a: EfficiencyRow, b: EfficiencyRow): boolean {
  return a.basis === b.basis && a.family === b.family && a.phase === b.phase && a.format === b.format
}
