import { z } from 'zod'
import type { AttentionKind } from './kind.ts'

/** A block without a token mixer: NAS blocks that dropped attention, and the FFN-only blocks of hybrid models. */
const schema = z.strictObject({ kind: z.literal('none') })
type None = z.infer<typeof schema>

export const none = {
  kind: 'none',
  schema,
  heads: () => ({ query: 0, kv: 0 }),
  caches: () => [],
  tensors: () => [],
} satisfies AttentionKind<None>
