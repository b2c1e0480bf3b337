import type { Phase } from '../../../cost-model/graph.ts'
import { alone, type Described, decodeStep, type OperatorFamily, promptStep, type Row } from '../family.ts'

const stateBytes = 4

/** Gated delta rule: the recurrence, or the short convolution before it; heads are one rank's. */
export const gatedDelta: OperatorFamily = {
  name: 'gated delta rule',
  file: 'gdn_perf.parquet',
  kind: ['kernel_source', 'phase'],
  shape: ['num_k_heads', 'head_k_dim', 'num_v_heads', 'head_v_dim'],
  point: ['batch_size', 'seq_len'],
  op: (row) => {
    const [keys, values] = [row.number('num_k_heads') * row.number('head_k_dim'), row.number('num_v_heads') * row.number('head_v_dim')]
    if (isConvolution(row)) return convolution(row, 2 * keys + values)
    const state = values * row.number('head_k_dim')
    // Decayed and added to, read before the update and after it.
    const dims = { flops: 6 * state, state: state * stateBytes, in: 4 * values, out: values }
    const op = { kind: 'attention', form: 'scan', ...alone('scan'), phase: phaseOf(row), family: 'scan', format: 'fp32', dims } as const
    return { dtype: phaseOf(row), op }
  },
  step,
}

/** Mamba-2: its tables have the short convolution alone. */
export const mamba2: OperatorFamily = {
  name: 'Mamba-2 convolution',
  file: 'mamba2_perf.parquet',
  kind: ['kernel_source', 'phase'],
  shape: ['d_state', 'nheads', 'head_dim', 'n_groups'],
  point: ['batch_size', 'seq_len'],
  op: (row) => {
    if (!isConvolution(row)) return { skip: `no kernel is known as "${row.text('kernel_source')}"` }
    return convolution(row, row.number('nheads') * row.number('head_dim') + 2 * row.number('n_groups') * row.number('d_state'))
  },
  step,
}

function isConvolution(row: Row): boolean {
  return row.text('kernel_source').startsWith('causal_conv1d')
}

function convolution(row: Row, channels: number): Described {
  return { dtype: `${phaseOf(row)} convolution`, op: { kind: 'pointwise', ...alone('conv'), dims: { read: channels, write: channels } } }
}

function phaseOf(row: Row): Phase {
  return row.text('phase') === 'context' ? 'prefill' : 'decode'
}

function step(row: Row): ReturnType<OperatorFamily['step']> {
  const [batch, length] = [row.number('batch_size'), row.number('seq_len')]
  return phaseOf(row) === 'prefill' ? promptStep(batch, length, 0) : decodeStep(batch, 0)
}
