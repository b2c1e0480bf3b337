import type { Attention, Phase } from '../../../cost-model/graph.ts'
import { format } from '../../../spaces/precision.ts'
import { alone, type Described, decodeStep, type OperatorFamily, promptStep, type Row } from '../family.ts'
import { formatOf, unknownFormat } from '../formats.ts'

const columns = {
  kind: ['attn_dtype', 'kv_cache_dtype'],
  shape: ['num_heads', 'num_key_value_heads', 'head_dim', 'window_size'],
  point: ['batch_size', 'isl', 'step'],
  defaults: { window_size: 0 },
} as const

/** Causal attention of prompts, `step` tokens of each already cached. */
export const contextAttention: OperatorFamily = {
  name: 'context attention',
  file: 'context_attention_perf.parquet',
  ...columns,
  op: (row) => attention(row, 'prefill'),
  step: (row) => promptStep(row.number('batch_size'), row.number('isl'), row.number('step')),
}

/** One token each of requests that have `step` cached ones. */
export const generationAttention: OperatorFamily = {
  name: 'generation attention',
  file: 'generation_attention_perf.parquet',
  ...columns,
  op: (row) => attention(row, 'decode'),
  step: (row) => decodeStep(row.number('batch_size'), row.number('isl') - 1 + row.number('step')),
}

/** Heads are one rank's; a window of 0 is none. */
function attention(row: Row, phase: Phase): Described {
  const [computed, cached] = [row.text('attn_dtype'), row.text('kv_cache_dtype')]
  const cache = formatOf(cached)
  if (cache === undefined) return unknownFormat(cached)
  const [headDim, window] = [row.number('head_dim'), row.number('window_size')]
  const bytes = 2 * row.number('num_key_value_heads') * headDim * format(cache.weights).bytes
  const head = { heads: row.number('num_heads'), qk: headDim, v: headDim }
  const dims: Attention['dims'] = { ...head, bytes, share: 1, ...(window > 0 && { window }) }
  const op: Attention = {
    kind: 'attention',
    form: 'softmax',
    ...alone('attention'),
    phase,
    family: 'attention',
    format: cache.weights,
    dims,
  }
  return { dtype: `${computed}, cache ${cached}`, op }
}
