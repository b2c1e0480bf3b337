import { grouped } from '../serving/groups.ts'
import type { Metric, SideBySide } from '../suite.ts'
import { readCompact } from './compact.ts'
import { operatorErrors, operatorGroupings, type Predicted } from './errors.ts'

const percent = (value: number) => Number((100 * value).toFixed(1))
const header = ['ops', 'MAPE', 'median', 'bias', 'median bias']

/** Errors of each family on each GPU beside those of the compact model, then by what else tells ops apart. */
export function operatorTables(all: readonly Predicted[]): readonly SideBySide[] {
  const { source, errorsOf } = readCompact()
  const families = [...byFamily(all)]
  const beside = families.flatMap(([family, own]) => {
    const gpus = [...grouped(own, ({ measurement }) => measurement.table.gpu.id)].map(([gpu, some]) => {
      const compact = errorsOf(family, gpu)?.map(percent) ?? [null, null]
      return [family, gpu, ...cells(some), ...compact]
    })
    return [[family, 'all', ...cells(own), null, null], ...gpus]
  })
  const rest = operatorGroupings.filter(({ name }) => name !== 'gpu')
  return [
    {
      title: 'errors in percent by family and GPU, and those of the compact model',
      header: ['family', 'GPU', ...header, 'compact MAPE', 'median'],
      rows: beside,
      notes: ['Bias: mean and median of ln(predicted / measured).', `Compact model: ${source}.`],
    },
    ...rest.map(({ name, of }) => ({
      title: `errors in percent by family and ${name}`,
      header: ['family', name, ...header],
      rows: families.flatMap(([family, own]) =>
        [...grouped(own, ({ measurement }) => of(measurement))].flatMap(([value, some]) =>
          value === '' ? [] : [[family, value, ...cells(some)]],
        ),
      ),
      notes: [],
    })),
  ]
}

function byFamily(all: readonly Predicted[]): ReadonlyMap<string, readonly Predicted[]> {
  return grouped(all, ({ measurement }) => measurement.table.family.name)
}

function cells(some: readonly Predicted[]): readonly number[] {
  const { n, mape, median, meanLog, medianLog } = operatorErrors(some)
  return [n, ...[mape, median, meanLog, medianLog].map(percent)]
}

/** The same as metrics: of each family, and of each of its groups. */
export function operatorMetrics(all: readonly Predicted[]): readonly Metric[] {
  return [...byFamily(all)].flatMap(([family, own]) => [
    ...metricsOf(family, own),
    ...operatorGroupings.flatMap(({ name, of }) =>
      [...grouped(own, ({ measurement }) => of(measurement))].flatMap(([value, some]) =>
        value === '' ? [] : metricsOf(`${family} ${name} ${value}`, some),
      ),
    ),
  ])
}

function metricsOf(group: string, some: readonly Predicted[]): readonly Metric[] {
  const { n, mape, median, meanLog, medianLog } = operatorErrors(some)
  const values = { mape, median_ape: median, mean_log_ratio: meanLog, median_log_ratio: medianLog }
  return Object.entries(values).map(([metric, value]) => ({ group, metric, value, n }))
}

/** The largest mean absolute error of a family. */
export function worstFamily(all: readonly Predicted[]): number {
  return Math.max(...[...byFamily(all).values()].map((own) => operatorErrors(own).mape))
}
