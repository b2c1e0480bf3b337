import { z } from 'zod'
import { dense } from './dense.ts'
import type { FfnKind } from './kind.ts'
import { moe } from './moe.ts'
import { none } from './none.ts'

export const ffnSchema = z.discriminatedUnion('kind', [dense.schema, moe.schema, none.schema])
export type Ffn = z.infer<typeof ffnSchema>

/** Registry: one row per kind of feed-forward block. */
export const ffnKinds: { readonly [K in Ffn['kind']]: FfnKind<Extract<Ffn, { kind: K }>> } = { dense, moe, none }

export function ffnKind<F extends Ffn>(f: F): FfnKind<F> {
  return ffnKinds[f.kind] as unknown as FfnKind<F>
}
