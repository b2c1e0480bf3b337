import type { Calibration, EfficiencyRow } from '../../cost-model/calibration.ts'
import { makeDevice, type RateSource } from '../../cost-model/device.ts'
import type { Catalog } from '../../spaces/catalog.ts'
import { makePredictor } from '../perf-database/predict.ts'
import type { Measurement } from '../perf-database/read.ts'
import { constantsOf } from './constants.ts'
import { fitRow, logRatios, type RowTask, withRow } from './fit-row.ts'
import { meanSize } from './least-squares.ts'

/** An op and what is said of it: before, after, and by constants that were fitted without any op of its shape. ln(predicted / measured). */
export interface Residual {
  readonly measurement: Measurement
  readonly before: number
  readonly after: number
  readonly heldOut: number
}

export interface OperatorFit {
  readonly calibration: Calibration
  readonly residuals: readonly Residual[]
  /** Rows whose held-out error is smaller than that of what was there; and rows left as they were. */
  readonly changed: readonly EfficiencyRow[]
  readonly kept: readonly EfficiencyRow[]
}

/** Parts that whole shapes are held out in, one after another. */
const folds = 4
const fewestOps = 60
const fewestShapes = 8
/** Ops that a row is fitted to: a few dozen would do for its constants. */
const mostOps = 1500

/** Fits the constants of every row of efficiencies that times enough of the measured ops. */
export function fitOperators(all: readonly Measurement[], calibration: Calibration, catalog: Catalog): OperatorFit {
  const found = { calibration, residuals: [] as Residual[], changed: [] as EfficiencyRow[], kept: [] as EfficiencyRow[] }
  for (const task of tasksOf(all, calibration, catalog)) {
    const fitted = fitRow(task, task.measurements, calibration, catalog)
    const heldOut = crossValidate(task, fitted, calibration, catalog)
    const [before, after] = [calibration, withRow(calibration, fitted)].map((one) => logRatios(one, catalog, task.measurements))
    const better = meanSize(heldOut) < meanSize(before!)
    if (better) found.calibration = withRow(found.calibration, fitted)
    ;(better ? found.changed : found.kept).push(better ? fitted : task.source.row)
    task.measurements.forEach((measurement, i) => {
      const [old, own] = [before![i]!, better ? after![i]! : before![i]!]
      found.residuals.push({ measurement, before: old, after: own, heldOut: better ? heldOut[i]! : old })
    })
  }
  return found
}

/** Rows to fit: of the basis of a GPU itself, for the family, phase and format of an op, whatever stood in for it so far. */
function tasksOf(all: readonly Measurement[], calibration: Calibration, catalog: Catalog): readonly RowTask[] {
  const { source } = makePredictor(calibration, catalog)
  const tasks = new Map<string, { row: EfficiencyRow; source: RateSource; measurements: Measurement[] }>()
  for (const one of all) {
    const from = source(one)
    // Products of single heads are timed by the constants of larger ones.
    if (from === undefined || constantsOf(from.row.family).length === 0 || one.table.family.name === 'MLA products') continue
    const row = ownRow(from.row, one, calibration)
    const key = `${row.basis} ${row.family} ${row.phase} ${row.format}`
    const task = tasks.get(key) ?? { row, source: from, measurements: [] }
    tasks.set(key, task)
    task.measurements.push(one)
  }
  return [...tasks.values()].flatMap((task) => {
    const shapes = new Set(task.measurements.map(({ shape }) => shape))
    if (task.measurements.length < fewestOps || shapes.size < fewestShapes) return []
    return [{ ...task, measurements: thinned(task.measurements, mostOps) }]
  })
}

function ownRow(row: EfficiencyRow, { op, table }: Measurement, calibration: Calibration): EfficiencyRow {
  const { basis } = makeDevice(table.gpu, calibration)
  if (row.family === 'scan') return { ...row, basis, phase: 'phase' in op ? op.phase : undefined }
  const format = 'formats' in op ? op.formats[0]![0] : 'format' in op ? op.format : undefined
  return { ...row, basis, ...(format !== undefined && { format }) }
}

/** At most so many, evenly from the order in which they were read. */
function thinned(all: readonly Measurement[], most: number): readonly Measurement[] {
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!)
}

/** Residuals of each op by constants fitted to the ops of the shapes in other folds. */
function crossValidate(task: RowTask, near: EfficiencyRow, calibration: Calibration, catalog: Catalog): Float64Array {
  const shapes = [...new Set(task.measurements.map(({ shape }) => shape))].sort()
  const foldOf = new Map(shapes.map((shape, i) => [shape, i % folds]))
  const heldOut = new Float64Array(task.measurements.length)
  for (let fold = 0; fold < folds; fold++) {
    const inFold = ({ shape }: Measurement) => foldOf.get(shape) === fold
    const others = task.measurements.filter((one) => !inFold(one))
    const fitted = fitRow(task, others, calibration, catalog, near)
    const ratios = logRatios(withRow(calibration, fitted), catalog, task.measurements)
    task.measurements.forEach((one, i) => {
      if (inFold(one)) heldOut[i] = ratios[i]!
    })
  }
  return heldOut
}
