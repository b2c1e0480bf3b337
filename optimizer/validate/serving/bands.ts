import type { Bands } from '../../../cost-model/bands/schema.ts'
import { heldOutBands, holdings, intervalScore, type JudgedBand, judge } from '../../fit/bands/judge.ts'
import { residualsOf } from '../../fit/bands/residual.ts'
import type { Metric, SideBySide } from '../suite.ts'
import { mean, median } from './errors.ts'
import { grouped } from './groups.ts'
import type { Prediction } from './predict.ts'

/** How 80 % bands hold on points of a kind, and how bands of a constant percentage would. */
interface Held {
  readonly heldOut: string
  readonly regime: string
  readonly figures: readonly { readonly figure: Shown; readonly n: number; readonly values: Readonly<Record<string, number>> }[]
}

const shown = ['ttft', 'tpot', 'throughput'] as const
type Shown = (typeof shown)[number]
const short = { ttft: 'TTFT', tpot: 'TPOT', throughput: 'tok/s' } as const

/** Fewer configurations say nothing when some are held out. */
const leastConfigurations = 30

/** Bands as they are built in, by regime; and bands from other points than those they are judged on. */
export function heldOf(predictions: readonly Prediction[], bands: Bands): readonly Held[] {
  const residuals = residualsOf(predictions)
  const enough = new Set(residuals.map(({ group }) => group)).size >= leastConfigurations
  return [
    ...heldRows('nothing: bands as built in', judge(residuals, bands, residuals)),
    ...(enough ? holdings.flatMap((holding) => heldRows(holding.name, heldOutBands(residuals, holding))) : []),
  ]
}

function heldRows(heldOut: string, all: readonly JudgedBand[]): readonly Held[] {
  const kinds = [...grouped(all, ({ mode, regime }) => `${mode} ${regime}`)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [['all', all] as const, ...kinds].map(([regime, judged]) => ({
    heldOut,
    regime,
    figures: shown.flatMap((figure) => {
      const points = judged.filter((one) => one.figure === figure)
      return points.length === 0 ? [] : [{ figure, n: points.length, values: valuesOf(points) }]
    }),
  }))
}

function valuesOf(points: readonly JudgedBand[]): Readonly<Record<string, number>> {
  return {
    within: points.filter(({ measured, lo, hi }) => measured >= lo && measured <= hi).length / points.length,
    median_width: median(points.map(({ lo, hi }) => hi - lo)),
    interval_score: mean(points.map(({ measured, lo, hi }) => intervalScore(lo, hi, measured))),
    constant_band_score: mean(points.map(({ measured, constant }) => intervalScore(Math.max(0, 1 - constant), 1 + constant, measured))),
  }
}

const percent = (value: number) => Number((100 * value).toFixed(1))

export function bandTable(held: readonly Held[]): SideBySide {
  return {
    title: '80 % bands, in percent: share of points within, median width over the prediction, interval score, and that of a constant band',
    header: ['held out', 'regime', 'points', ...shown.flatMap((figure) => [short[figure], 'width', 'score', 'constant'])],
    rows: held.map(({ heldOut, regime, figures }) => [
      heldOut,
      regime,
      figures.find(({ figure }) => figure === 'tpot')?.n ?? null,
      ...shown.flatMap((name) => {
        const found = figures.find(({ figure }) => figure === name)
        return found === undefined ? [null, null, null, null] : Object.values(found.values).map(percent)
      }),
    ]),
    notes: [
      'Held out: bands, their regimes and the constant percentage come from the other points; constants of the model are not fitted again.',
      'Score: width + 10 x what a point lies outside; lower is better.',
    ],
  }
}

export function bandMetrics(held: readonly Held[]): readonly Metric[] {
  return held.flatMap(({ heldOut, regime, figures }) =>
    figures.flatMap(({ figure, n, values }) =>
      Object.entries(values).map(([name, value]) => ({
        group: `bands, held out ${heldOut}, ${regime}`,
        metric: `${figure}_${name}`,
        value,
        n,
      })),
    ),
  )
}
