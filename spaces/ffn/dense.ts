import { z } from 'zod'
import type { Tensor } from '../tensor.ts'
import type { FfnKind } from './kind.ts'

const schema = z.strictObject({
  kind: z.literal('dense'),
  intermediate: z.int().positive(),
  /** Gated (SwiGLU, GeGLU: three matrices) or plain (two). */
  gated: z.boolean(),
  bias: z.boolean().optional(),
})
export type Dense = z.infer<typeof schema>

export const dense: FfnKind<Dense> = { kind: 'dense', schema, tensors: (f, hidden) => mlpTensors(f, hidden) }

/** Gate, up and down projections; a shared expert has the same shape under another component. */
function mlpTensors(f: Dense, hidden: number): readonly Tensor[] {
  const column = { component: 'denseMlp', out: f.intermediate, in: hidden, axis: 'dense', side: 'out', units: f.intermediate } as const
  const up: Tensor = { name: 'up_proj', bias: f.bias ? f.intermediate : 0, ...column }
  const gate: Tensor = { name: 'gate_proj', bias: f.bias ? f.intermediate : 0, ...column }
  const down: Tensor = {
    name: 'down_proj',
    component: 'denseMlp',
    out: hidden,
    in: f.intermediate,
    bias: f.bias ? hidden : 0,
    axis: 'dense',
    side: 'in',
    units: f.intermediate,
  }
  return f.gated ? [gate, up, down] : [up, down]
}
