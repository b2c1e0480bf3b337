import { type Calibration, scaleNames } from '../../cost-model/calibration.ts'
import { errorsOf } from '../validate/serving/errors.ts'
import { orderMetrics } from '../validate/serving/order.ts'
import type { Prediction } from '../validate/serving/predict.ts'
import type { EngineConstants } from './constants.ts'
import type { ServingFit } from './serving.ts'

type Engines = Calibration['engines']

const figures = ['tpot_ms', 'ttft_ms', 'out_tok_s_per_gpu'] as const

/** A fit as the calibration keeps it: rounded to what the data can tell. */
export function enginesOf({ constants, inSample, heldOut }: ServingFit): Pick<Engines, 'scales' | 'errors'> {
  const scales = [...constants].map(([family, { scales, releases }]) => ({
    family,
    ...(Object.fromEntries(scaleNames.map((name) => [name, Number(scales[name].toPrecision(3))])) as EngineConstants['scales']),
    releases: Object.fromEntries(Object.entries(releases).map(([version, value]) => [version, Number(value.toPrecision(3))])),
  }))
  const all = [{ scheme: 'nothing', predictions: inSample }, ...heldOut]
  return { scales, errors: all.map(({ scheme, predictions }) => errorsBy(scheme, predictions)) }
}

function errorsBy(heldOut: string, predictions: readonly Prediction[]): Engines['errors'][number] {
  const found = figures.flatMap((figure) => {
    const errors = errorsOf(predictions, figure)
    if (errors === undefined) return []
    const { n, mape, median, meanLog, medianLog } = errors
    return [[figure, { n, mape: rounded(mape), median: rounded(median), meanLog: rounded(meanLog), medianLog: rounded(medianLog) }]]
  })
  const [order] = orderMetrics(predictions)
  return { heldOut, ...(order !== undefined && { order: rounded(order.value) }), ...Object.fromEntries(found) }
}

function rounded(value: number): number {
  return Number(value.toFixed(4))
}

/** The line of an engine's entry that says how long its host takes, in seconds. */
export function overheadLine({ overhead }: EngineConstants): string {
  const fields = Object.entries(overhead).map(([name, value]) => `${name}: ${value.toExponential(2)}`)
  return `overhead: { ${fields.join(', ')} }`
}
