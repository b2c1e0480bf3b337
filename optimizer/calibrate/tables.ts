import { operatorGroupings } from '../validate/operators/errors.ts'
import { mean, median } from '../validate/serving/errors.ts'
import { grouped } from '../validate/serving/groups.ts'
import type { Metric, SideBySide } from '../validate/suite.ts'
import type { OperatorFit, Residual } from './fit.ts'

const stages = ['before', 'after', 'heldOut'] as const

/** Mean and median of |predicted / measured - 1|, as shares. */
function errorsOf(residuals: readonly Residual[], stage: (typeof stages)[number]): readonly [mape: number, median: number] {
  const apes = residuals.map((one) => Math.abs(Math.expm1(one[stage])))
  return [mean(apes), median(apes)]
}

const percent = (value: number) => Number((100 * value).toFixed(1))

/** Errors of what was fitted, by family and GPU and by family and format: before, after, and held out by whole shape. */
export function fitTables({ residuals, changed, kept }: OperatorFit): readonly SideBySide[] {
  const by = operatorGroupings.filter(({ name }) => name === 'gpu' || name === 'dtype')
  const tables = by.map(({ name, of }) => ({
    title: `errors in percent of the ops that were fitted, by family and ${name}`,
    header: ['family', name, 'ops', 'MAPE before', 'median', 'MAPE after', 'median', 'MAPE held out', 'median'],
    rows: [...byFamily(residuals)].flatMap(([family, own]) => [
      [family, 'all', own.length, ...cells(own)],
      ...[...grouped(own, ({ measurement }) => of(measurement))].map(([value, some]) => [family, value, some.length, ...cells(some)]),
    ]),
    notes:
      name === 'gpu' ? ['Held out: by constants fitted without any op of the same shape, one of four parts of the shapes at a time.'] : [],
  }))
  const rows = [
    ['fitted', changed.length],
    ['left as they were: a fit is no better on what it has not seen', kept.length],
  ]
  return [...tables, { title: 'rows of efficiencies', header: ['', 'rows'], rows, notes: [] }]
}

function byFamily(residuals: readonly Residual[]): ReadonlyMap<string, readonly Residual[]> {
  return grouped(residuals, ({ measurement }) => measurement.table.family.name)
}

function cells(some: readonly Residual[]): readonly number[] {
  return stages.flatMap((stage) => errorsOf(some, stage).map(percent))
}

const stageNames = { before: 'before', after: 'after', heldOut: 'held_out' } as const

/** The same as metrics. */
export function fitMetrics({ residuals }: OperatorFit): readonly Metric[] {
  return [...byFamily(residuals)].flatMap(([group, own]) =>
    stages.flatMap((stage) => {
      const [mape, middle] = errorsOf(own, stage)
      const name = stageNames[stage]
      return [
        { group, metric: `mape_${name}`, value: mape, n: own.length },
        { group, metric: `median_ape_${name}`, value: middle, n: own.length },
      ]
    }),
  )
}
