import { stringify } from 'csv-stringify/sync'
import { figures, type Prediction } from '../optimizer/validate/serving/predict.ts'

const header = ['row_id', 'status', 'reason', ...figures.flatMap((figure) => [figure, `${figure}_lo80`, `${figure}_hi80`]), 'pedigree']

/** What a file of predictions begins with. */
export const predictionsMark = 'row_id,status,reason'

/** One row per measured point, in their order. */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  const rows = predictions.map(({ row, predicted, pedigree, bands, reason }) => [
    row.id,
    predicted === undefined ? 'skipped' : 'ok',
    reason === undefined ? '' : `${reason.code}: ${reason.message}`,
    ...figures.flatMap((figure) => [predicted?.[figure], bands?.[figure].lo, bands?.[figure].hi].map(printed)),
    pedigree ?? '',
  ])
  return stringify([header, ...rows])
}

function printed(value: number | undefined): number | string {
  return value === undefined ? '' : Number(value.toPrecision(6))
}
