import type { Metric, SideBySide } from '../suite.ts'
import { coverage, errorsOf } from './errors.ts'
import { grouped, groupings } from './groups.ts'
import { type Figure, figures, type Prediction } from './predict.ts'

const percent = (value: number) => Number((100 * value).toFixed(1))

/** Errors by everything that points are grouped by, in percent. */
export function errorTables(predictions: readonly Prediction[]): readonly SideBySide[] {
  const configurations = [...grouped(predictions, configurationOf)].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    {
      title: 'errors in percent: MAPE, median, bias, share within 25 %',
      header: ['', 'points', 'covered', ...figures.flatMap((figure) => [short[figure], 'median', 'bias', 'within'])],
      rows: [['all', predictions] as const, ...groupings.flatMap(({ of }) => [...grouped(predictions, ({ row }) => of(row))])].map(
        errorRow,
      ),
      notes: [
        'TTFT on points of quality A, the rest on A and B; a point without a prediction counts as 100 % (bias: not).',
        'Throughput is per GPU.',
      ],
    },
    {
      title: 'errors in percent by configuration',
      header: ['', 'points', 'covered', ...figures.flatMap((figure) => [short[figure], 'median', 'bias', 'within'])],
      rows: configurations.map(errorRow),
      notes: [],
    },
  ]
}

const short: Readonly<Record<Figure, string>> = { ttft_ms: 'TTFT', tpot_ms: 'TPOT', e2e_ms: 'E2E', out_tok_s_per_gpu: 'tok/s' }

function configurationOf({ row }: Prediction): string {
  return (['model', 'gpu', 'engine', 'precision'] as const).map((name) => row.text(name)).join(' ')
}

function errorRow([name, predictions]: readonly [string, readonly Prediction[]]): readonly (string | number | null)[] {
  const covered = coverage(predictions)
  const cells = figures.flatMap((figure) => {
    const errors = errorsOf(predictions, figure)
    if (errors === undefined) return [null, null, null, null]
    const { mape, median, bias, within } = errors
    return [mape, median, bias, within].map((value) => (Number.isNaN(value) ? null : percent(value)))
  })
  return [name, covered?.n ?? 0, covered === undefined ? null : percent(covered.value), ...cells]
}

/** What a planner that trusts the predictions would get. */
export function pickTable(picks: readonly Metric[], order: readonly Metric[]): SideBySide {
  const slos = [...grouped(picks, ({ group }) => group)]
  const value = (metrics: readonly Metric[], name: string) => metrics.find(({ metric }) => metric === name)
  return {
    title: 'picks under an SLO, in percent',
    header: ['SLO', 'questions', 'delivered of best', 'picks more than 10 % over'],
    rows: slos.map(([slo, metrics]) => {
      const [delivered, over] = [value(metrics, 'delivered_of_best'), value(metrics, 'picks_10_percent_over_slo')]
      return [slo, delivered!.n, percent(delivered!.value), over === undefined ? null : percent(over.value)]
    }),
    notes: order.map(
      ({ value, n }) => `Of ${n} pairs of layouts on as many GPUs with as many requests, ${percent(value)} % are in the right order.`,
    ),
  }
}
