import { z } from 'zod'
import { type Tensor, vector } from '../tensor.ts'
import type { AttentionKind, Cache } from './kind.ts'

/** Lightning indexer (DSA): scores every cached token with small heads and attends to the best `topK`. */
const indexerSchema = z.strictObject({
  kind: z.literal('dsa'),
  heads: z.int().positive(),
  dim: z.int().positive(),
  topK: z.int().positive(),
  /** Reuses the choice of an earlier layer: no weights and no keys of its own (GLM-5.2). */
  shared: z.boolean().optional(),
})

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): K and V of all heads come from one cached latent. */
const schema = z.strictObject({
  kind: z.literal('mla'),
  heads: z.int().positive(),
  /** Absent: Q is projected from the hidden state directly. */
  qLoraRank: z.int().positive().optional(),
  kvLoraRank: z.int().positive(),
  qkNope: z.int().positive(),
  qkRope: z.int().positive(),
  vHeadDim: z.int().positive(),
  gate: z.literal('elementwise').optional(),
  indexer: indexerSchema.optional(),
})
export type Mla = z.infer<typeof schema>

export const mla = {
  kind: 'mla',
  schema,
  heads: (a) => ({ query: a.heads, kv: 1 }),
  caches: mlaCaches,
  tensors: (a, hidden) => [...latents(a, hidden), ...perHead(a, hidden), ...indexerTensors(a, hidden)],
} satisfies AttentionKind<Mla>

function mlaCaches(a: Mla): readonly Cache[] {
  const latent: Cache = { kind: 'tokens', heads: 1, elements: a.kvLoraRank + a.qkRope }
  if (a.indexer === undefined || a.indexer.shared) return [latent]
  // One fp8 key per token with its fp32 scale.
  return [latent, { kind: 'indexer', bytes: a.indexer.dim + 4 }]
}

/** Down-projections to the latents: every TP rank needs the whole latent, so these are replicated. */
function latents(a: Mla, hidden: number): readonly Tensor[] {
  const whole = { component: 'attnIn', in: hidden, axis: 'none', side: 'out', units: 1 } as const
  const kv = [{ name: 'kv_a_proj', out: a.kvLoraRank + a.qkRope, ...whole }, vector('kv_a_norm', 'normMisc', a.kvLoraRank)]
  if (a.qLoraRank === undefined) return kv
  return [{ name: 'q_a_proj', out: a.qLoraRank, ...whole }, vector('q_a_norm', 'normMisc', a.qLoraRank), ...kv]
}

function perHead(a: Mla, hidden: number): readonly Tensor[] {
  const columns = { component: 'attnIn', axis: 'attention', side: 'out', units: a.heads } as const
  const values = a.heads * a.vHeadDim
  return [
    {
      name: a.qLoraRank === undefined ? 'q_proj' : 'q_b_proj',
      out: a.heads * (a.qkNope + a.qkRope),
      in: a.qLoraRank ?? hidden,
      ...columns,
    },
    { name: 'kv_b_proj', out: a.heads * (a.qkNope + a.vHeadDim), in: a.kvLoraRank, ...columns },
    ...(a.gate ? [{ name: 'g_proj', out: values, in: hidden, ...columns }] : []),
    { name: 'o_proj', component: 'attnOut', out: hidden, in: values, axis: 'attention', side: 'in', units: a.heads },
  ]
}

function indexerTensors(a: Mla, hidden: number): readonly Tensor[] {
  if (a.indexer === undefined || a.indexer.shared) return []
  const { heads, dim } = a.indexer
  const whole = { component: 'indexer', axis: 'none', side: 'out', units: 1 } as const
  return [
    { name: 'indexer.q_b_proj', out: heads * dim, in: a.qLoraRank ?? hidden, ...whole },
    { name: 'indexer.k_proj', out: dim, in: hidden, ...whole },
    vector('indexer.k_norm', 'indexer', 2 * dim),
    { name: 'indexer.weights_proj', out: heads, in: hidden, ...whole },
  ]
}
