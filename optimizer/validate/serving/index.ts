import { InputError } from '../../../spaces/issue.ts'
import { loadCalibration } from '../../calibration.ts'
import type { Metric, SideBySide, Suite, Validation } from '../suite.ts'
import { bandMetrics, bandTable, heldOf } from './bands.ts'
import { errorMetrics, errorsOf } from './errors.ts'
import { grouped, groupings } from './groups.ts'
import { heldOutMetrics, heldOutTable, logTable } from './held-out.ts'
import { readMeasured } from './measured.ts'
import { orderMetrics } from './order.ts'
import { pickMetrics } from './picks.ts'
import { type Prediction, predictAll } from './predict.ts'
import { errorTables, pickTable } from './tables.ts'

/** Measured serving points, each predicted as it was measured. */
export const servingSuite: Suite = {
  name: 'serving',
  summary: 'measured serving points of a CSV (--data): errors, order of layouts, what a planner would deliver under an SLO',
  takes: ['data', 'predictions', 'maxError'],
  run: ({ data }) => {
    if (data === undefined)
      throw new InputError({
        path: '--data',
        code: 'missing-key',
        message: 'needs a CSV file of measured points',
        suggestion: 'validate published needs none',
      })
    return validate(predictAll(readMeasured(data)))
  },
}

function validate(all: readonly Prediction[]): Validation {
  // Drafts change what is measured: their points are scored apart.
  const [plain, drafted] = [false, true].map((speculates) => all.filter(({ reason }) => (reason?.code === 'speculation') === speculates))
  const picks = pickMetrics(plain!)
  const order = orderMetrics(plain!)
  const { engines, bands } = loadCalibration()
  const { errors } = engines
  const held = heldOf(plain!, bands)
  const skipped = all.flatMap(({ row, reason }) =>
    reason === undefined ? [] : [{ row_id: row.id, reason: `${reason.code}: ${reason.message}` }],
  )
  return {
    checks: [],
    sideBySide: [
      ...errorTables(plain!),
      logTable(plain!, drafted!),
      heldOutTable(errors),
      bandTable(held),
      pickTable(picks, order),
      reasonTable(all),
    ],
    metrics: [
      ...groupMetrics(plain!),
      ...errorMetrics('speculation', drafted!),
      ...order,
      ...picks,
      ...heldOutMetrics(errors),
      ...bandMetrics(held),
    ],
    skipped,
    covered: all.length - skipped.length,
    predictions: all,
    error: Math.max(...(['ttft_ms', 'tpot_ms', 'out_tok_s_per_gpu'] as const).map((figure) => errorsOf(plain!, figure)?.mape ?? 0)),
  }
}

function groupMetrics(predictions: readonly Prediction[]): readonly Metric[] {
  const groups = groupings.flatMap(({ name, of }) =>
    [...grouped(predictions, ({ row }) => of(row))].map(([value, points]) => [`${name} ${value}`, points] as const),
  )
  return [['all', predictions] as const, ...groups].flatMap(([group, points]) => errorMetrics(group, points))
}

/** Why points are not predicted: one row per reason, not per point. */
function reasonTable(all: readonly Prediction[]): SideBySide {
  const without = all.filter(({ reason }) => reason !== undefined)
  const reasons = [...grouped(without, ({ reason }) => `${reason!.code}: ${reason!.message}`)]
  return {
    title: 'not predicted',
    header: ['points', 'for example', 'reason'],
    rows: reasons.map(([reason, points]) => [points.length, points[0]!.row.id, reason]),
    notes: [],
  }
}
