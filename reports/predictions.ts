import { stringify } from 'csv-stringify/sync'
import { figures, type Prediction } from '../optimizer/validate/serving/predict.ts'

const header = ['row_id', 'status', 'reason', ...figures.flatMap((figure) => [figure, `${figure}_lo80`, `${figure}_hi80`]), 'pedigree']

/** What a file of predictions begins with. */
export const predictionsMark = 'row_id,status,reason'

/** One row per measured point, in their order; ends of bands are empty until there are bands. */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  const rows = predictions.map(({ row, predicted, pedigree, reason }) => [
    row.id,
    predicted === undefined ? 'skipped' : 'ok',
    reason === undefined ? '' : `${reason.code}: ${reason.message}`,
    ...figures.flatMap((figure) => [predicted === undefined ? '' : Number(predicted[figure].toPrecision(6)), '', '']),
    pedigree ?? '',
  ])
  return stringify([header, ...rows])
}
