import type { Metric } from '../suite.ts'
import { mean, scored } from './errors.ts'
import { grouped, questionOf } from './groups.ts'
import type { Prediction } from './predict.ts'

/** SLOs on TPOT, milliseconds. */
const slos = [10, 15, 20, 30, 50, 100] as const

/**
 * Of every question (model, GPU, engine, precision, lengths) the point with the highest predicted throughput per GPU among those predicted
 * to meet the SLO. It delivers its measured throughput, none if it misses the SLO, of the best measured one that meets it. Questions that no
 * measured point answers are left out; a question that no prediction answers delivers nothing.
 */
export function pickMetrics(predictions: readonly Prediction[]): readonly Metric[] {
  const questions = [...grouped(scored(predictions, 'out_tok_s_per_gpu'), questionOf).values()]
  return slos.flatMap((slo) => {
    const picks = questions.flatMap((points) => pick(points, slo) ?? [])
    if (picks.length === 0) return []
    const made = picks.filter(({ tpot }) => tpot !== undefined)
    const over = made.filter(({ tpot }) => tpot! > 1.1 * slo).length
    const group = `tpot ${slo} ms`
    return [
      { group, metric: 'delivered_of_best', value: mean(picks.map(({ delivered }) => delivered)), n: picks.length },
      ...(made.length === 0 ? [] : [{ group, metric: 'picks_10_percent_over_slo', value: over / made.length, n: made.length }]),
    ]
  })
}

function pick(points: readonly Prediction[], slo: number): { readonly delivered: number; readonly tpot: number | undefined } | undefined {
  const best = Math.max(0, ...points.filter(({ measured }) => measured.tpot_ms! <= slo).map(({ measured }) => measured.out_tok_s_per_gpu!))
  if (best === 0) return undefined
  const able = points.filter(({ predicted }) => predicted !== undefined && predicted.tpot_ms <= slo)
  if (able.length === 0) return { delivered: 0, tpot: undefined }
  const { measured } = able.reduce((a, b) => (b.predicted!.out_tok_s_per_gpu > a.predicted!.out_tok_s_per_gpu ? b : a))
  return { delivered: measured.tpot_ms! <= slo ? measured.out_tok_s_per_gpu! / best : 0, tpot: measured.tpot_ms }
}
