import { z } from 'zod'
import { type Tensor, vector } from '../tensor.ts'
import type { AttentionKind, Cache } from './kind.ts'

/** Block-sparse indexer (MSA): scores blocks of `block` keys with few small heads and attends to the best `topK` tokens. */
const indexerSchema = z.strictObject({
  kind: z.literal('msa'),
  heads: z.int().positive(),
  kvHeads: z.int().positive(),
  dim: z.int().positive(),
  topK: z.int().positive(),
  block: z.int().positive(),
})

/** Multi-head, multi-query and grouped-query attention, with the variants seen in published checkpoints. */
const schema = z
  .strictObject({
    kind: z.literal('gqa'),
    heads: z.int().positive(),
    kvHeads: z.int().positive(),
    headDim: z.int().positive(),
    /** Width of V where it differs from K (MiMo-V2). */
    vHeadDim: z.int().positive().optional(),
    qkvBias: z.boolean().optional(),
    oBias: z.boolean().optional(),
    /** Norm of Q and K: one weight of `headDim` for all heads, one per channel of the whole projection, or one per head and channel. */
    qkNorm: z.enum(['perHead', 'full', 'perHeadFull']).optional(),
    /** Output gate: doubles q_proj, or one logit per head. */
    gate: z.enum(['elementwise', 'headwise']).optional(),
    /** Sliding or chunked window in tokens. */
    window: z.int().positive().optional(),
    windowKind: z.literal('chunked').optional(),
    sinks: z.boolean().optional(),
    /** K and V share one projection; both are still cached, since only K is rotated (Gemma-4 full layers). */
    kEqV: z.boolean().optional(),
    indexer: indexerSchema.optional(),
  })
  .refine(({ heads, kvHeads }) => heads % kvHeads === 0, 'heads must be a multiple of kvHeads')
export type Gqa = z.infer<typeof schema>

export const gqa = {
  kind: 'gqa',
  schema,
  heads: (a) => ({ query: a.heads, kv: a.kvHeads }),
  caches: gqaCaches,
  tensors: (a, hidden) => [...projections(a, hidden), ...headVectors(a), ...indexerTensors(a, hidden)],
} satisfies AttentionKind<Gqa>

function gqaCaches(a: Gqa): readonly Cache[] {
  const kv: Cache = { kind: 'tokens', heads: a.kvHeads, elements: a.headDim + (a.vHeadDim ?? a.headDim), window: a.window }
  // MSA keeps its index keys in bf16: two bytes each, without scales.
  return a.indexer ? [kv, { kind: 'indexer', bytes: 2 * a.indexer.kvHeads * a.indexer.dim }] : [kv]
}

function projections(a: Gqa, hidden: number): readonly Tensor[] {
  const vDim = a.vHeadDim ?? a.headDim
  const query = { component: 'attnIn', axis: 'attention', side: 'out', in: hidden, units: a.heads } as const
  const kv = { component: 'attnIn', axis: 'attention', side: 'out', in: hidden, units: a.kvHeads, fused: true } as const
  const bias = (n: number) => (a.qkvBias ? n : 0)
  const [q, k, v] = [a.heads * a.headDim, a.kvHeads * a.headDim, a.kvHeads * vDim]
  const output = { component: 'attnOut', out: hidden, in: a.heads * vDim, bias: a.oBias ? hidden : 0 } as const
  return [
    { name: 'q_proj', out: a.gate === 'elementwise' ? 2 * q : q, bias: bias(q), ...query, fused: true },
    { name: 'k_proj', out: k, bias: bias(k), ...kv },
    ...(a.kEqV ? [] : [{ name: 'v_proj', out: v, bias: bias(v), ...kv }]),
    ...(a.gate === 'headwise' ? [{ name: 'g_proj', out: a.heads, ...query }] : []),
    { name: 'o_proj', ...output, axis: 'attention', side: 'in', units: a.heads },
  ]
}

function headVectors(a: Gqa): readonly Tensor[] {
  const norms =
    a.qkNorm === 'perHead'
      ? [vector('q_norm', 'normMisc', a.headDim), vector('k_norm', 'normMisc', a.headDim)]
      : a.qkNorm === undefined
        ? []
        : [
            vector('q_norm', 'normMisc', a.heads * a.headDim, { axis: 'attention', units: a.heads }),
            vector('k_norm', 'normMisc', a.kvHeads * a.headDim, { axis: 'attention', units: a.kvHeads }),
          ]
  return a.sinks ? [...norms, vector('sinks', 'attnIn', a.heads, { axis: 'attention', units: a.heads })] : norms
}

function indexerTensors(a: Gqa, hidden: number): readonly Tensor[] {
  if (a.indexer === undefined) return []
  const { heads, kvHeads, dim } = a.indexer
  const whole = { component: 'indexer', in: hidden, axis: 'none', side: 'out', units: 1 } as const
  return [
    { name: 'indexer.q_proj', out: heads * dim, ...whole },
    { name: 'indexer.k_proj', out: kvHeads * dim, ...whole },
    vector('indexer.norms', 'indexer', 2 * dim),
  ]
}
