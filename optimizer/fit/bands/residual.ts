import type { Footing, Mode } from '../../../cost-model/bands/regime.ts'
import type { BandFigure, Bands } from '../../../cost-model/bands/schema.ts'
import { scored } from '../../validate/serving/errors.ts'
import { grouped } from '../../validate/serving/groups.ts'
import type { Figure, Prediction } from '../../validate/serving/predict.ts'
import { configurationOf } from '../schemes.ts'

/** Error of one measured point: ln(measured / predicted) of the figures that it is scored on. */
export interface Residual {
  /** Configuration: points of one differ in lengths and concurrency alone. */
  readonly group: string
  readonly model: string
  /** A known GPU of the same chip says much of one. */
  readonly chip: string
  readonly generation: string
  readonly footing: Footing
  readonly errors: Readonly<Record<BandFigure, number | undefined>>
}

const figureOf: Readonly<Record<BandFigure, Figure>> = {
  ttft: 'ttft_ms',
  tpot: 'tpot_ms',
  e2e: 'e2e_ms',
  throughput: 'out_tok_s_per_gpu',
}

/** Of the points that are predicted and of a quality that counts. */
export function residualsOf(predictions: readonly Prediction[]): readonly Residual[] {
  const counts = new Map(Object.values(figureOf).map((figure) => [figure, new Set(scored(predictions, figure))]))
  return predictions.flatMap((prediction): readonly Residual[] => {
    const { row, measured, predicted, footing } = prediction
    if (predicted === undefined || footing === undefined) return []
    const error = (figure: Figure) => (counts.get(figure)!.has(prediction) ? Math.log(measured[figure]! / predicted[figure]) : undefined)
    const errors = { ttft: error('ttft_ms'), tpot: error('tpot_ms'), e2e: error('e2e_ms'), throughput: error('out_tok_s_per_gpu') }
    if (Object.values(errors).every((value) => value === undefined)) return []
    const { chip, generation } = footing.gpus[0]!
    return [{ group: configurationOf(row), model: row.text('model'), chip, generation, footing, errors }]
  })
}

/** What the points were measured on. */
export function measuredOf(residuals: readonly Residual[]): Bands['measured'] {
  const kinds = grouped(residuals, ({ footing: { mode, gpus, engine, family } }) => [mode, gpus[0]!.id, engine, family].join(' '))
  return [...kinds]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, points]) => {
      const { mode, gpus, engine, family } = points[0]!.footing
      const range = (of: (footing: Footing) => number): [number, number] => {
        const values = points.map(({ footing }) => of(footing))
        return [Math.min(...values), Math.max(...values)]
      }
      const { id: gpu, generation } = gpus[0]!
      return { mode, gpu, generation, engine, family, batch: range(({ batch }) => batch), width: range(({ width }) => width) }
    })
}

export function ofMode(residuals: readonly Residual[], mode: Mode): readonly Residual[] {
  return residuals.filter(({ footing }) => footing.mode === mode)
}
