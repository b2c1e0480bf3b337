import { z } from 'zod'
import { vector } from '../tensor.ts'
import type { AttentionKind } from './kind.ts'
import { linearTensors, stateBytes } from './linear.ts'

/** Kimi Delta Attention (arXiv 2510.26692): gated delta rule with a decay per channel. */
const schema = z.strictObject({
  kind: z.literal('kda'),
  heads: z.int().positive(),
  headDim: z.int().positive(),
  conv: z.int().positive(),
  /** Output gate is one full matrix instead of a rank-`headDim` pair. */
  fullRankGate: z.boolean().optional(),
})
export type Kda = z.infer<typeof schema>

export const kda = {
  kind: 'kda',
  schema,
  heads: (a) => ({ query: a.heads, kv: a.heads }),
  caches: (a) => [
    {
      kind: 'state',
      heads: a.heads,
      bytes: stateBytes({ recurrent: a.heads * a.headDim ** 2, channels: 3 * a.heads * a.headDim, conv: a.conv }),
    },
  ],
  tensors: (a, hidden) => {
    const { heads: units, headDim } = a
    const width = units * headDim
    const pair = (name: string) => [
      { name: `${name}_a_proj`, out: headDim, in: hidden },
      { name: `${name}_b_proj`, out: width, in: headDim, units },
    ]
    return [
      ...linearTensors([
        { name: 'qkv_proj', out: 3 * width, in: hidden, units },
        { name: 'conv', out: 3 * width, in: a.conv, units },
        ...pair('f'),
        { name: 'b_proj', out: units, in: hidden, units },
        ...(a.fullRankGate ? [{ name: 'g_proj', out: width, in: hidden, units }] : pair('g')),
        { name: 'decay', out: units + width, in: 1, units },
        { name: 'o_proj', out: hidden, in: width, units, side: 'in' },
      ]),
      vector('norm', 'linearAttn', headDim),
    ]
  },
} satisfies AttentionKind<Kda>
