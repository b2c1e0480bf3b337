import { z } from 'zod'
import { dsv4 } from './dsv4.ts'
import { gdn } from './gdn.ts'
import { gqa } from './gqa.ts'
import { kda } from './kda.ts'
import type { AttentionKind } from './kind.ts'
import { lightning } from './lightning.ts'
import { mamba1 } from './mamba1.ts'
import { mamba2 } from './mamba2.ts'
import { mla } from './mla.ts'
import { none } from './none.ts'

export const attentionSchema = z.discriminatedUnion('kind', [
  gqa.schema,
  mla.schema,
  dsv4.schema,
  gdn.schema,
  kda.schema,
  mamba1.schema,
  mamba2.schema,
  lightning.schema,
  none.schema,
])
export type Attention = z.infer<typeof attentionSchema>

/** Registry: one row per kind of token mixer. */
export const attentionKinds: { readonly [K in Attention['kind']]: AttentionKind<Extract<Attention, { kind: K }>> } = {
  gqa,
  mla,
  dsv4,
  gdn,
  kda,
  mamba1,
  mamba2,
  lightning,
  none,
}

export function attentionKind<A extends Attention>(a: A): AttentionKind<A> {
  return attentionKinds[a.kind] as unknown as AttentionKind<A>
}
