import { z } from 'zod'
import { vector } from '../tensor.ts'
import type { AttentionKind } from './kind.ts'
import { linearTensors, stateBytes } from './linear.ts'

/** Gated DeltaNet (arXiv 2412.06464), as in Qwen3-Next and Qwen3.5: few key heads, several value heads each. */
const schema = z
  .strictObject({
    kind: z.literal('gdn'),
    kHeads: z.int().positive(),
    kDim: z.int().positive(),
    vHeads: z.int().positive(),
    vDim: z.int().positive(),
    /** Taps of the causal convolution before the recurrence. */
    conv: z.int().positive(),
  })
  .refine(({ kHeads, vHeads }) => vHeads % kHeads === 0, 'vHeads must be a multiple of kHeads')
export type Gdn = z.infer<typeof schema>

export const gdn = {
  kind: 'gdn',
  schema,
  // A key head cannot be parted from its value heads.
  heads: (a) => ({ query: a.kHeads, kv: a.kHeads }),
  caches: (a) => [
    {
      kind: 'state',
      heads: a.vHeads,
      bytes: stateBytes({ recurrent: a.vHeads * a.kDim * a.vDim, channels: 2 * a.kHeads * a.kDim + a.vHeads * a.vDim, conv: a.conv }),
    },
  ],
  tensors: (a, hidden) => {
    const [keys, values] = [a.kHeads * a.kDim, a.vHeads * a.vDim]
    return [
      ...linearTensors([
        { name: 'qk_proj', out: 2 * keys, in: hidden, units: a.kHeads },
        { name: 'vz_proj', out: 2 * values, in: hidden, units: a.vHeads },
        { name: 'ba_proj', out: 2 * a.vHeads, in: hidden, units: a.vHeads },
        { name: 'conv_qk', out: 2 * keys, in: a.conv, units: a.kHeads },
        { name: 'conv_v', out: values, in: a.conv, units: a.vHeads },
        { name: 'decay', out: 2 * a.vHeads, in: 1, units: a.vHeads },
        { name: 'o_proj', out: hidden, in: values, units: a.vHeads, side: 'in' },
      ]),
      vector('norm', 'linearAttn', a.vDim),
    ]
  },
} satisfies AttentionKind<Gdn>
