import { type ColumnName, columnIndex, rowWidth } from '../../cost-model/column.ts'
import type { PlanRow } from '../../reports/csv.ts'
import type { Report } from '../../reports/report.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'

/** A plan on `tp` GPUs with made-up values, for tests of forms rather than of numbers. */
export function sampleRow(index: number, tp: number, batch: number, reason = ''): PlanRow {
  const plan = parsePlanKey(`h100-sxm:r${64 / tp}.pp1.sp1.adp1.tp${tp}.dcp1.ep1.mtp${tp}.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b${batch}:c8192`)
  const tpot = (4 + batch / 8) / tp ** 0.7 / 1e3
  const perGpu = batch / tpot / tp
  const set: Partial<Record<ColumnName, number>> = {
    status: reason === '' ? 0 : 1,
    ttft_ms: 0.2 + batch / 200,
    tpot_ms: tpot,
    e2e_ms: 0.2 + batch / 200 + 499 * tpot,
    out_tok_s_per_gpu: perGpu,
    tok_s_per_user: 1 / tpot,
    concurrency: batch * (64 / tp),
    memory_gib: 60 * 2 ** 30,
    usd_per_mtok_out: 2.95 / 3600 / perGpu,
  }
  const values = new Float64Array(rowWidth).fill(Number.NaN)
  for (const [name, value] of Object.entries(set)) values[columnIndex(name as ColumnName)] = value
  return { index, plan, reason, values }
}

/** A report of `layouts x batches` plans whose study name tries to be markup. */
export function sampleReport(batches = 30): Report {
  const rows = [1, 2, 4, 8].flatMap((tp, l) =>
    Array.from({ length: batches }, (_, b) => sampleRow(l * batches + b, tp, b + 1, b > batches / 2 ? 'slo-tpot' : '')),
  )
  const front = rows.flatMap((row, i) => (row.reason === '' && i % 3 === 0 ? [i] : []))
  return {
    title: 'sample </title><script>alert(1)</script> & "study"',
    facts: [
      ['model', 'meta-llama/Llama-3.3-70B-Instruct'],
      ['fleet', '64 x <b>H100</b>'],
    ],
    notes: ['a note with <img src=x onerror=alert(2)>'],
    rows,
    front,
    recommended: [{ row: front[1], label: 'most tokens per GPU', sure: 'sure', why: 'because of <i>numbers</i>' }],
    counts: [{ reason: 'slo-tpot', plans: 1234567, example: 'tpot_ms 31 misses TPOT <= 30 ms by 3 %' }],
    total: 2345678,
    objectives: ['tpot_ms', 'out_tok_s_per_gpu'],
    limits: [{ column: 'tpot_ms', value: 2, label: 'TPOT <= 2 ms' }],
  }
}
