import { type Measured, readMeasured } from '../../../../optimizer/validate/serving/measured.ts'
import type { Prediction } from '../../../../optimizer/validate/serving/predict.ts'
import { emptyFolder, write } from '../../../e2e/run.ts'

export const header = 'row_id,quality,model,gpu,engine,precision,gpus,tp,isl,osl,concurrency,ttft_ms,tpot_ms,out_tok_s_per_gpu'
export const good = 'r1,A,llama-3.3-70b,h100-sxm,vllm,fp8,4,4,1024,1024,16,120,15,250'

export function file(...rows: readonly string[]): string {
  return write(emptyFolder(), 'measured.csv', `${rows.join('\n')}\n`)
}

export function rowsOf(...rows: readonly string[]): readonly Measured[] {
  return readMeasured(file(...rows))
}

/** A point with these figures, predicted as it says; TPOT and throughput alone. */
export function said(row: string, measured: readonly [number, number], predicted: readonly [number, number] | undefined): Prediction {
  const values = ([tpot, throughput]: readonly [number, number]) => ({
    ...{ ttft_ms: 100, tpot_ms: tpot, e2e_ms: 1000, out_tok_s_per_gpu: throughput },
  })
  return {
    row: rowsOf(header, row)[0]!,
    measured: values(measured),
    predicted: predicted === undefined ? undefined : values(predicted),
    pedigree: undefined,
    reason: predicted === undefined ? { code: 'tp-divides-heads', message: 'no', numbers: {} } : undefined,
  }
}
