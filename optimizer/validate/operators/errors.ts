import type { Measurement } from '../../perf-database/read.ts'
import { mean, median } from '../serving/errors.ts'

/** An op that was measured, and what we say it takes. Seconds. */
export interface Predicted {
  readonly measurement: Measurement
  readonly seconds: number
}

/** Errors over measured ops, as shares; and ln(predicted / measured), which rewards no under-prediction. */
export interface OperatorErrors {
  readonly n: number
  readonly mape: number
  readonly median: number
  readonly meanLog: number
  readonly medianLog: number
}

/** NaN where there is nothing. */
export function operatorErrors(predictions: readonly Predicted[]): OperatorErrors {
  const ratios = predictions.map(({ measurement, seconds }) => seconds / measurement.seconds)
  const apes = ratios.map((ratio) => Math.abs(ratio - 1))
  const logs = ratios.map(Math.log)
  return { n: ratios.length, mape: mean(apes), median: median(apes), meanLog: mean(logs), medianLog: median(logs) }
}

/** What errors are told apart by, within a family. */
export const operatorGroupings = [
  { name: 'gpu', of: ({ table }: Measurement) => table.gpu.id },
  { name: 'dtype', of: ({ dtype }: Measurement) => dtype },
  { name: 'engine', of: ({ table }: Measurement) => `${table.engine} ${table.version}` },
  { name: 'distribution', of: ({ distribution }: Measurement) => distribution ?? '' },
] as const
