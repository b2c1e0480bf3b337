import type { z } from 'zod'
import { type Gqa, gqa } from './gqa.ts'
import type { AttentionKind } from './kind.ts'

export type Attention = Gqa

/** Registry: one row per kind of token mixer. */
export const attentionKinds: { readonly [K in Attention['kind']]: AttentionKind<Extract<Attention, { kind: K }>> } = { gqa }

export const attentionSchema = gqa.schema satisfies z.ZodType<Attention>

export function attentionKind<A extends Attention>(a: A): AttentionKind<A> {
  return attentionKinds[a.kind] as unknown as AttentionKind<A>
}
