import { z } from 'zod'
import { vector } from '../tensor.ts'
import type { AttentionKind } from './kind.ts'
import { linearTensors, stateBytes } from './linear.ts'

/** Mamba-1 (arXiv 2312.00752): selective state space with a state per channel; TP cuts channels. */
const schema = z.strictObject({
  kind: z.literal('mamba1'),
  dInner: z.int().positive(),
  state: z.int().positive(),
  conv: z.int().positive(),
  dtRank: z.int().positive(),
  /** Norms over B, C and the step size (Jamba). */
  bcdtNorm: z.boolean().optional(),
})
export type Mamba1 = z.infer<typeof schema>

export const mamba1 = {
  kind: 'mamba1',
  schema,
  heads: (a) => ({ query: a.dInner, kv: a.dInner }),
  caches: (a) => [
    { kind: 'state', heads: a.dInner, bytes: stateBytes({ recurrent: a.dInner * a.state, channels: a.dInner, conv: a.conv }) },
  ],
  tensors: (a, hidden) => {
    const { dInner: units, dtRank, state } = a
    const narrow = dtRank + 2 * state
    return [
      ...linearTensors([
        { name: 'in_proj', out: 2 * units, in: hidden, units },
        { name: 'conv', out: units, in: a.conv, bias: units, units },
        { name: 'x_proj', out: narrow, in: units, units, side: 'in' },
        { name: 'dt_proj', out: units, in: dtRank, bias: units, units },
        { name: 'a_log', out: units, in: state, units },
        { name: 'd', out: units, in: 1, units },
        { name: 'o_proj', out: hidden, in: units, units, side: 'in' },
      ]),
      ...(a.bcdtNorm ? [vector('bcdt_norm', 'normMisc', narrow)] : []),
    ]
  },
} satisfies AttentionKind<Mamba1>
