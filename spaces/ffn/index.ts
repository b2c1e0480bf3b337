import { type Dense, dense } from './dense.ts'
import type { FfnKind } from './kind.ts'

export type Ffn = Dense

/** Registry: one row per kind of feed-forward block. */
export const ffnKinds: { readonly [K in Ffn['kind']]: FfnKind<Extract<Ffn, { kind: K }>> } = { dense }

export const ffnSchema = dense.schema

export function ffnKind<F extends Ffn>(f: F): FfnKind<F> {
  return ffnKinds[f.kind] as unknown as FfnKind<F>
}
