import { alone, type OperatorFamily, stepOf } from '../family.ts'
import { formatOf, unknownFormat } from '../formats.ts'

/** y = x W with x of m rows, W of k x n elements. */
export const gemm: OperatorFamily = {
  name: 'gemm',
  file: 'gemm_perf.parquet',
  kind: ['gemm_dtype'],
  shape: ['n', 'k'],
  point: ['m'],
  op: (row) => {
    const dtype = row.text('gemm_dtype')
    const format = formatOf(dtype)
    if (format === undefined) return unknownFormat(dtype)
    const [n, k] = [row.number('n'), row.number('k')]
    const dims = { in: k, out: n, weight: n * k }
    return { dtype, op: { kind: 'linear', ...alone('gemm'), dims, formats: [[format.weights, 1]], activations: format.activations } }
  },
  step: (row) => ({ rows: row.number('m'), counts: stepOf({}) }),
}
