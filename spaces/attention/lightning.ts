import { z } from 'zod'
import type { AttentionKind } from './kind.ts'
import { linearTensors, stateBytes } from './linear.ts'

/** Lightning attention (arXiv 2401.04658), as in MiniMax-01: linear attention with a fixed decay and an output gate. */
const schema = z.strictObject({
  kind: z.literal('lightning'),
  heads: z.int().positive(),
  headDim: z.int().positive(),
})
export type Lightning = z.infer<typeof schema>

export const lightning = {
  kind: 'lightning',
  schema,
  heads: (a) => ({ query: a.heads, kv: a.heads }),
  caches: (a) => [{ kind: 'state', heads: a.heads, bytes: stateBytes({ recurrent: a.heads * a.headDim ** 2 }) }],
  tensors: (a, hidden) => {
    const { heads: units } = a
    const width = units * a.headDim
    return linearTensors([
      { name: 'qkv_proj', out: 3 * width, in: hidden, units },
      { name: 'g_proj', out: width, in: hidden, units },
      { name: 'norm', out: width, in: 1, units },
      { name: 'o_proj', out: hidden, in: width, units, side: 'in' },
    ])
  },
} satisfies AttentionKind<Lightning>
