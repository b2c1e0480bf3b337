import { z } from 'zod'
import type { FfnKind } from './kind.ts'
import { mlpTensors } from './mlp.ts'

const schema = z.strictObject({
  kind: z.literal('dense'),
  intermediate: z.int().positive(),
  /** Gated (SwiGLU, GeGLU: three matrices) or plain (two). */
  gated: z.boolean(),
  bias: z.boolean().optional(),
})
export type Dense = z.infer<typeof schema>

export const dense = {
  kind: 'dense',
  schema,
  tensors: (f, hidden) => mlpTensors({ ...f, prefix: '', component: 'denseMlp', axis: 'dense', hidden }),
} satisfies FfnKind<Dense>
