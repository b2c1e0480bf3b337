import type { Metric } from '../suite.ts'
import { type Figure, figures, type Prediction } from './predict.ts'

/** Errors of one figure over measured points, as shares; a point that nothing is said of counts as 100 % in the first two and in `within`. */
export interface Errors {
  readonly n: number
  readonly mape: number
  readonly median: number
  /** Of the points that are predicted: the mean of signed errors, and of ln(predicted / measured) mean and median. */
  readonly bias: number
  readonly within: number
  readonly meanLog: number
  readonly medianLog: number
}

/** Points that a figure is scored on: TTFT where the benchmark was warm (quality A), everything else on A and B. A blank quality is A. */
export function scored(predictions: readonly Prediction[], figure: Figure): readonly Prediction[] {
  const qualities = figure === 'ttft_ms' ? ['', 'A'] : ['', 'A', 'B']
  return predictions.filter(({ row, measured }) => measured[figure] !== undefined && qualities.includes(row.text('quality')))
}

/** Undefined where no point has the figure. */
export function errorsOf(predictions: readonly Prediction[], figure: Figure): Errors | undefined {
  const points = scored(predictions, figure)
  if (points.length === 0) return undefined
  const ratios = points.flatMap(({ predicted, measured }) => (predicted === undefined ? [] : [predicted[figure] / measured[figure]!]))
  const apes = points.map(({ predicted, measured }) => (predicted === undefined ? 1 : Math.abs(predicted[figure] / measured[figure]! - 1)))
  const logs = ratios.map(Math.log)
  return {
    n: points.length,
    mape: mean(apes),
    median: median(apes),
    bias: mean(ratios.map((ratio) => ratio - 1)),
    within: apes.filter((error) => error <= 0.25).length / points.length,
    meanLog: mean(logs),
    medianLog: median(logs),
  }
}

/** Share of the points of quality A or B (or of none) that are predicted. */
export function coverage(predictions: readonly Prediction[]): Metric | undefined {
  const points = scored(predictions, 'tpot_ms')
  if (points.length === 0) return undefined
  return {
    group: '',
    metric: 'coverage',
    value: points.filter(({ predicted }) => predicted !== undefined).length / points.length,
    n: points.length,
  }
}

/** Coverage and the errors of every figure, as metrics of a group. */
export function errorMetrics(group: string, predictions: readonly Prediction[]): readonly Metric[] {
  const covered = coverage(predictions)
  const metrics = figures.flatMap((figure): readonly Metric[] => {
    const errors = errorsOf(predictions, figure)
    if (errors === undefined) return []
    const { n, mape, median, bias, within, meanLog, medianLog } = errors
    const values = { mape, median_ape: median, bias, within_25_percent: within, mean_log_ratio: meanLog, median_log_ratio: medianLog }
    return Object.entries(values).map(([name, value]) => ({ group, metric: `${figure}_${name}`, value, n }))
  })
  return [...(covered === undefined ? [] : [{ ...covered, group }]), ...metrics]
}

/** NaN where there is none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}
