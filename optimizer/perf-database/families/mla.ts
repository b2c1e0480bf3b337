import type { Attention } from '../../../cost-model/graph.ts'
import { format } from '../../../spaces/precision.ts'
import { alone, type Described, decodeStep, type OperatorFamily, promptStep, type Row } from '../family.ts'
import { formatOf, unknownFormat } from '../formats.ts'

/** Every table is of DeepSeek-V3's attention: elements of the latent, the rotated part, and one head's unrotated query and value. */
const latent = 512
const rope = 64
const nope = 128
const value = 128

const columns = { kind: ['mla_dtype', 'kv_cache_dtype'], shape: ['num_heads'], point: ['batch_size', 'isl', 'step'] } as const

/** Attention of prompts over keys and values that are expanded from the latents, without the expansion. */
export const contextMla: OperatorFamily = {
  name: 'context MLA',
  file: 'context_mla_perf.parquet',
  ...columns,
  op: (row) => {
    const heads = row.number('num_heads')
    const head = { heads, qk: nope + rope, v: value }
    return mla(row, 'prefill', { ...head, bytes: heads * (head.qk + head.v) * 2 }, 'bf16')
  },
  step: (row) => promptStep(row.number('batch_size'), row.number('isl'), row.number('step')),
}

/** Absorbed: queries attend to latents. */
export const generationMla: OperatorFamily = {
  name: 'generation MLA',
  file: 'generation_mla_perf.parquet',
  ...columns,
  op: (row) => {
    const cached = row.text('kv_cache_dtype')
    const cache = formatOf(cached)
    if (cache === undefined) return unknownFormat(cached)
    const bytes = (latent + rope) * format(cache.weights).bytes
    return mla(row, 'decode', { heads: row.number('num_heads'), qk: latent + rope, v: latent, bytes }, cache.weights)
  },
  step: (row) => decodeStep(row.number('batch_size'), row.number('isl') - 1 + row.number('step')),
}

/** Products of every head with its part of the expansion, before (`mla_gen_pre`) and behind the attention to latents. */
export const mlaProducts: OperatorFamily = {
  name: 'MLA products',
  file: 'mla_bmm_perf.parquet',
  kind: ['bmm_dtype', 'op_name'],
  shape: ['num_heads'],
  point: ['num_tokens'],
  op: (row) => {
    const dtype = row.text('bmm_dtype')
    const known = formatOf(dtype)
    if (known === undefined) return unknownFormat(dtype)
    const heads = row.number('num_heads')
    const [from, to] = row.text('op_name') === 'mla_gen_pre' ? [nope, latent] : [latent, value]
    const dims = { in: heads * from, out: heads * to, weight: heads * from * to }
    return { dtype, op: { kind: 'linear', ...alone('absorb'), dims, formats: [[known.weights, 1]], activations: known.activations } }
  },
  step: (row) => ({ rows: row.number('num_tokens'), counts: promptStep(0, 0, 0).counts }),
}

type Head = Pick<Attention['dims'], 'heads' | 'qk' | 'v' | 'bytes'>

function mla(row: Row, phase: Attention['phase'], head: Head, read: string): Described {
  const dims = { ...head, share: 1 }
  const op: Attention = { kind: 'attention', form: 'softmax', ...alone('attention'), phase, family: 'mla', format: read, dims }
  return { dtype: `${row.text('mla_dtype')}, cache ${row.text('kv_cache_dtype')}`, op }
}
