import type { z } from 'zod'
import type { Tensor } from '../tensor.ts'

/** One kind of feed-forward block. A kind is one file here, one row in `index.ts`, one block in cost-model/blocks. */
export interface FfnKind<F extends { readonly kind: string }> {
  readonly kind: F['kind']
  readonly schema: z.ZodType<F>
  tensors(f: F, hidden: number): readonly Tensor[]
}
