import type { CollectiveKind } from '../../../cost-model/calibration.ts'
import type { NetworkOp } from '../../../cost-model/graph.ts'
import { alone, type Described, type OperatorFamily, type Row, stepOf } from '../family.ts'
import { formatOf, unknownFormat } from '../formats.ts'

const kinds: Readonly<Record<string, CollectiveKind>> = {
  all_reduce: 'all-reduce',
  all_gather: 'all-gather',
  reduce_scatter: 'reduce-scatter',
  alltoall: 'all-to-all',
}

/** `message_size` is in elements: of the full tensor, or of one rank's buffer of an all-to-all. */
const columns = {
  shape: ['num_gpus'],
  point: ['message_size'],
  step: (row: Row) => ({ rows: row.number('message_size'), counts: stepOf({}) }),
} as const

export const nccl: OperatorFamily = {
  name: 'NCCL',
  file: 'nccl_perf.parquet',
  kind: ['op_name', 'nccl_dtype'],
  ...columns,
  op: (row) => collective(row, row.text('nccl_dtype')),
}

/** The all-reduce of an engine, as it runs inside captured graphs. */
export const customAllReduce: OperatorFamily = {
  name: 'custom all-reduce',
  file: 'custom_allreduce_perf.parquet',
  kind: ['op_name', 'allreduce_dtype', 'kernel_source'],
  ...columns,
  op: (row) => {
    if (row.text('kernel_source').includes('eager')) return { skip: 'launched outside a captured graph: mostly the time of the host' }
    return collective(row, row.text('allreduce_dtype'))
  },
}

function collective(row: Row, dtype: string): Described {
  const [kind, known] = [kinds[row.text('op_name')], formatOf(dtype)]
  if (kind === undefined) return { skip: `no collective is known as "${row.text('op_name')}"` }
  if (known === undefined) return unknownFormat(dtype)
  const base = { ...alone(kind, 'network'), dims: { elements: 1 }, format: known.weights }
  const group = { axis: 'tp', size: row.number('num_gpus'), stride: 1 }
  const op: NetworkOp = kind === 'all-to-all' ? { kind, pattern: 'heads', ...base, group } : { kind, ...base, group }
  return { dtype: `${kind} ${dtype}`, op }
}
