import { type BandFigure, type Bands, bandFigures } from '../../../cost-model/bands/schema.ts'
import { mean } from '../../validate/serving/errors.ts'
import { grouped } from '../../validate/serving/groups.ts'
import type { Residual } from './residual.ts'

type Variances = Omit<Bands['variance'][number], 'mode'>

/**
 * Variance components of the errors of a one-way random-effects model, by the method of moments for groups of unequal size (Searle, Casella and
 * McCulloch, "Variance Components", 1992, 3.6): between models x GPUs x engines, and within.
 */
export function varianceOf(residuals: readonly Residual[]): Variances {
  const parts = bandFigures.map((figure) => [figure, componentsOf(residuals, figure)] as const)
  const { ttft, tpot, e2e, throughput } = Object.fromEntries(parts) as Record<BandFigure, Variances['ttft']>
  const both = residuals.flatMap(({ errors: { ttft, tpot } }) => (ttft === undefined || tpot === undefined ? [] : [[ttft, tpot] as const]))
  return { ttft, tpot, e2e, throughput, correlation: rounded(correlationOf(both)) }
}

function componentsOf(residuals: readonly Residual[], figure: BandFigure): Variances['ttft'] {
  const known = residuals.filter(({ errors }) => errors[figure] !== undefined)
  const groups = [...grouped(known, ({ model, footing: { gpus, engine } }) => [model, gpus[0]!.id, engine].join(' ')).values()].map(
    (points) => points.map(({ errors }) => errors[figure]!),
  )
  const n = known.length
  if (n === groups.length || groups.length < 2) return { shared: 0, own: rounded(spread(groups.flat()) / Math.max(1, n - 1)) }
  const grand = mean(groups.flat())
  const within = groups.reduce((sum, values) => sum + spread(values), 0) / (n - groups.length)
  const between = groups.reduce((sum, values) => sum + values.length * (mean(values) - grand) ** 2, 0) / (groups.length - 1)
  const size = (n - groups.reduce((sum, values) => sum + values.length ** 2, 0) / n) / (groups.length - 1)
  return { shared: rounded(Math.max(0, (between - within) / size)), own: rounded(within) }
}

/** Sum of squared deviations from the mean. */
function spread(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0)
}

function correlationOf(pairs: readonly (readonly [number, number])[]): number {
  const [first, second] = [0, 1].map((i) => pairs.map((pair) => pair[i]!)) as [number[], number[]]
  const size = Math.sqrt(spread(first) * spread(second))
  if (!(size > 0)) return 0
  const [a, b] = [mean(first), mean(second)]
  return pairs.reduce((sum, [x, y]) => sum + (x - a) * (y - b), 0) / size
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
