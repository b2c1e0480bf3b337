import { z } from 'zod'
import type { AttentionKind } from './kind.ts'
import { linearTensors, stateBytes } from './linear.ts'

/** Mamba-2 (arXiv 2405.21060): state space duality; B and C are shared by the heads of a group. */
const schema = z
  .strictObject({
    kind: z.literal('mamba2'),
    heads: z.int().positive(),
    headDim: z.int().positive(),
    groups: z.int().positive(),
    state: z.int().positive(),
    conv: z.int().positive(),
    convBias: z.boolean().optional(),
  })
  .refine(({ heads, groups }) => heads % groups === 0, 'heads must be a multiple of groups')
export type Mamba2 = z.infer<typeof schema>

export const mamba2 = {
  kind: 'mamba2',
  schema,
  // A single group is on every rank; several are dealt out whole (vLLM and TensorRT-LLM replicate none of them).
  heads: (a) => ({ query: a.heads, kv: a.groups, ...(a.groups > 1 && { groups: a.groups }) }),
  caches: (a) => {
    const inner = a.heads * a.headDim
    const bytes = stateBytes({ recurrent: inner * a.state, channels: inner + 2 * a.groups * a.state, conv: a.conv })
    return [{ kind: 'state', heads: a.heads, bytes }]
  },
  tensors: (a, hidden) => {
    const { heads: units, groups } = a
    const inner = units * a.headDim
    const shared = 2 * groups * a.state
    const bias = (n: number) => (a.convBias ? n : 0)
    return linearTensors([
      { name: 'zx_proj', out: 2 * inner, in: hidden, units },
      { name: 'bc_proj', out: shared, in: hidden, units: groups },
      { name: 'dt_proj', out: units, in: hidden, units },
      { name: 'conv_x', out: inner, in: a.conv, bias: bias(inner), units },
      { name: 'conv_bc', out: shared, in: a.conv, bias: bias(shared), units: groups },
      { name: 'a_d_dt_bias', out: 3 * units, in: 1, units },
      { name: 'norm', out: inner, in: 1, units },
      { name: 'o_proj', out: hidden, in: inner, units, side: 'in' },
    ])
  },
} satisfies AttentionKind<Mamba2>
