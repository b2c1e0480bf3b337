import type { Calibration } from '../../../cost-model/calibration.ts'
import type { Metric, SideBySide } from '../suite.ts'
import { errorsOf } from './errors.ts'
import { grouped, groupings } from './groups.ts'
import type { Prediction } from './predict.ts'

type Errors = Calibration['engines']['errors']

const figures = [
  ['tpot_ms', 'TPOT'],
  ['out_tok_s_per_gpu', 'tok/s'],
  ['ttft_ms', 'TTFT'],
] as const

const percent = (value: number | undefined) => (value === undefined ? null : Number((100 * value).toFixed(1)))

/** How the constants of engines predicted the points that they were fitted to, and those that each fit left out. */
export function heldOutTable(errors: Errors): SideBySide {
  return {
    title: 'the fit of engine constants on its own points, colocated: errors in percent by what was held out',
    header: ['held out', 'points', ...figures.flatMap(([, name]) => [name, 'median', 'log mean', 'log median']), 'order'],
    rows: errors.map(({ heldOut, order, ...of }) => [
      heldOut,
      of.tpot_ms?.n ?? null,
      ...figures.flatMap(([figure]) => {
        const found = of[figure]
        return [found?.mape, found?.median, found?.meanLog, found?.medianLog].map(percent)
      }),
      percent(order),
    ]),
    notes: ['In sample (nothing held out) beside fits that never saw the configuration, model, GPU... they are scored on.'],
  }
}

/** MAPE rewards saying too little; the mean and the median of ln(predicted / measured) show it. */
export function logTable(plain: readonly Prediction[], drafted: readonly Prediction[]): SideBySide {
  const modes = groupings.slice(0, 2).flatMap(({ of }) => [...grouped(plain, ({ row }) => of(row))])
  const speculating = drafted.length > 0 ? [['with speculation', drafted] as const] : []
  return {
    title: 'ln(predicted / measured), in percent: mean, median',
    header: ['', 'points', ...figures.flatMap(([, name]) => [name, 'median'])],
    rows: [['all', plain] as const, ...modes, ...speculating].map(([name, points]) => [
      name,
      points.length,
      ...figures.flatMap(([figure]) => {
        const errors = errorsOf(points, figure)
        return [errors?.meanLog, errors?.medianLog].map((value) => (Number.isNaN(value ?? Number.NaN) ? null : percent(value)))
      }),
    ]),
    notes: ['Points with speculation are scored apart, and in no other table: how many drafts are accepted is not known of them.'],
  }
}

export function heldOutMetrics(errors: Errors): readonly Metric[] {
  return errors.flatMap(({ heldOut, ...of }) =>
    figures.flatMap(([figure]) => {
      const found = of[figure]
      if (found === undefined) return []
      const group = `held out ${heldOut}`
      return [
        { group, metric: `${figure}_mape`, value: found.mape, n: found.n },
        { group, metric: `${figure}_median_ape`, value: found.median, n: found.n },
      ]
    }),
  )
}
