import { z } from 'zod'
import { type Tensor, vector } from '../tensor.ts'
import type { AttentionKind, Cache } from './kind.ts'

/**
 * DeepSeek-V4 attention: one K = V head shared by all query heads, kept for a sliding window of tokens and, beyond it,
 * compressed to one entry per `compressRatio` tokens (0: the window only); a grouped low-rank output projection.
 */
const schema = z
  .strictObject({
    kind: z.literal('dsv4'),
    heads: z.int().positive(),
    headDim: z.int().positive(),
    qkRope: z.int().positive(),
    qLoraRank: z.int().positive(),
    oGroups: z.int().positive(),
    oLoraRank: z.int().positive(),
    window: z.int().positive(),
    compressRatio: z.int().nonnegative(),
    indexer: z
      .strictObject({ kind: z.literal('csa'), heads: z.int().positive(), dim: z.int().positive(), topK: z.int().positive() })
      .optional(),
  })
  .refine(({ heads, oGroups }) => heads % oGroups === 0, 'heads must be a multiple of oGroups')
export type Dsv4 = z.infer<typeof schema>

export const dsv4 = {
  kind: 'dsv4',
  schema,
  // The heads of a group share their output projection.
  heads: (a) => ({ query: a.heads, kv: 1, groups: a.oGroups }),
  caches: dsv4Caches,
  tensors: (a, hidden) => [...projections(a, hidden), ...compressor(a, hidden), ...indexerTensors(a, hidden)],
} satisfies AttentionKind<Dsv4>

function dsv4Caches(a: Dsv4): readonly Cache[] {
  const recent: Cache = { kind: 'tokens', heads: 1, elements: a.headDim, window: a.window }
  if (a.compressRatio === 0) return [recent]
  const compressed: Cache = { kind: 'tokens', heads: 1, elements: a.headDim, every: a.compressRatio }
  if (a.indexer === undefined) return [recent, compressed]
  // One fp8 key per compressed entry with its fp32 scale.
  return [recent, compressed, { kind: 'indexer', bytes: a.indexer.dim + 4, every: a.compressRatio }]
}

function projections(a: Dsv4, hidden: number): readonly Tensor[] {
  const whole = { component: 'attnIn', in: hidden, axis: 'none', side: 'out', units: 1 } as const
  const byHead = { axis: 'attention', units: a.heads } as const
  const values = a.heads * a.headDim
  return [
    { name: 'q_a_proj', out: a.qLoraRank, ...whole },
    vector('q_a_norm', 'normMisc', a.qLoraRank),
    { name: 'q_b_proj', component: 'attnIn', out: values, in: a.qLoraRank, side: 'out', ...byHead },
    { name: 'kv_proj', out: a.headDim, ...whole },
    vector('kv_norm', 'normMisc', a.headDim),
    vector('sinks', 'attnIn', a.heads, byHead),
    // Block-diagonal: each group of heads has its own down-projection, so a rank holds whole groups of both factors.
    {
      name: 'o_a_proj',
      component: 'attnOut',
      out: a.oGroups * a.oLoraRank,
      in: values / a.oGroups,
      axis: 'attention',
      side: 'out',
      units: a.oGroups,
    },
    { name: 'o_b_proj', component: 'attnOut', out: hidden, in: a.oGroups * a.oLoraRank, axis: 'attention', side: 'in', units: a.oGroups },
  ]
}

/** Value and gate projections with a learned position per token of an entry; ratio 4 overlaps neighbours, which doubles the width. */
function compressor(a: Dsv4, hidden: number): readonly Tensor[] {
  if (a.compressRatio === 0) return []
  const width = overlap(a) * a.headDim
  const whole = { component: 'attnIn', axis: 'none', side: 'out', units: 1 } as const
  return [
    { name: 'compressor.kv_gate_proj', out: 2 * width, in: hidden, ...whole },
    { name: 'compressor.positions', out: a.compressRatio, in: width, ...whole },
    vector('compressor.norm', 'normMisc', a.headDim),
  ]
}

function indexerTensors(a: Dsv4, hidden: number): readonly Tensor[] {
  if (a.indexer === undefined) return []
  const { heads, dim } = a.indexer
  const width = overlap(a) * dim
  const whole = { component: 'indexer', axis: 'none', side: 'out', units: 1 } as const
  return [
    { name: 'indexer.q_b_proj', out: heads * dim, in: a.qLoraRank, ...whole },
    { name: 'indexer.weights_proj', out: heads, in: hidden, ...whole },
    { name: 'indexer.compressor.kv_gate_proj', out: 2 * width, in: hidden, ...whole },
    { name: 'indexer.compressor.positions', out: a.compressRatio, in: width, ...whole },
    vector('indexer.compressor.norm', 'indexer', dim),
  ]
}

function overlap(a: Dsv4): number {
  return a.compressRatio === 4 ? 2 : 1
}
