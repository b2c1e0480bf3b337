import { z } from 'zod'
import type { Tensor } from '../tensor.ts'
import type { AttentionKind } from './kind.ts'

/** Multi-head, multi-query and grouped-query attention, with the variants seen in published checkpoints. */
const schema = z.strictObject({
  kind: z.literal('gqa'),
  heads: z.int().positive(),
  kvHeads: z.int().positive(),
  headDim: z.int().positive(),
  /** Width of V where it differs from K (MiMo-V2). */
  vHeadDim: z.int().positive().optional(),
  qkvBias: z.boolean().optional(),
  oBias: z.boolean().optional(),
  qkNorm: z.enum(['full', 'perHead', 'perHeadFull']).optional(),
  /** Output gate: doubles q_proj, or one logit per head. */
  gate: z.enum(['elementwise', 'headwise']).optional(),
  /** Sliding or chunked window in tokens. */
  window: z.int().positive().optional(),
  windowKind: z.literal('chunked').optional(),
  sinks: z.boolean().optional(),
  /** K and V share one projection and one cache entry (Gemma-4 full layers). */
  kEqV: z.boolean().optional(),
  indexer: z
    .strictObject({
      kind: z.literal('msa'),
      heads: z.int().positive(),
      kvHeads: z.int().positive(),
      dim: z.int().positive(),
      topK: z.int().positive(),
      block: z.int().positive(),
    })
    .optional(),
})
export type Gqa = z.infer<typeof schema>

export const gqa: AttentionKind<Gqa> = {
  kind: 'gqa',
  schema,
  heads: (a) => ({ query: a.heads, kv: a.kvHeads }),
  caches: (a) => [{ kind: 'tokens', heads: a.kvHeads, elements: a.headDim + (a.vHeadDim ?? a.headDim), window: a.window }],
  tensors: gqaTensors,
}

function gqaTensors(a: Gqa, hidden: number): readonly Tensor[] {
  const vDim = a.vHeadDim ?? a.headDim
  const query = { component: 'attnIn', axis: 'attention', side: 'out', units: a.heads } as const
  const kv = { component: 'attnIn', axis: 'attention', side: 'out', units: a.kvHeads } as const
  const bias = (n: number) => (a.qkvBias ? n : 0)
  const q = a.heads * a.headDim
  return [
    { name: 'q_proj', out: a.gate === 'elementwise' ? 2 * q : q, in: hidden, bias: bias(q), ...query },
    { name: 'k_proj', out: a.kvHeads * a.headDim, in: hidden, bias: bias(a.kvHeads * a.headDim), ...kv },
    { name: 'v_proj', out: a.kvHeads * vDim, in: hidden, bias: bias(a.kvHeads * vDim), ...kv },
    {
      name: 'o_proj',
      component: 'attnOut',
      out: hidden,
      in: a.heads * vDim,
      bias: a.oBias ? hidden : 0,
      axis: 'attention',
      side: 'in',
      units: a.heads,
    },
  ]
}
