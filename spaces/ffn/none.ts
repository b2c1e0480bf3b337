import { z } from 'zod'
import type { FfnKind } from './kind.ts'

/** A block without a feed-forward part: the mixer-only blocks of hybrid models. */
const schema = z.strictObject({ kind: z.literal('none') })
type None = z.infer<typeof schema>

export const none = { kind: 'none', schema, tensors: () => [] } satisfies FfnKind<None>
