import type { z } from 'zod'
import type { Tensor } from '../tensor.ts'

/** What a layer keeps of every running sequence. */
export type Cache =
  | {
      /** One entry per token: K and V of each KV head, or MLA's latent. */
      readonly kind: 'tokens'
      /** Indivisible KV heads that TP spreads over ranks; 1 for a latent, which every rank then holds. */
      readonly heads: number
      /** Elements of one head and one token, K and V together. */
      readonly elements: number
      /** Newest tokens kept; absent: all. */
      readonly window?: number
      /** One entry per so many tokens (compressed attention); absent: 1. */
      readonly every?: number
    }
  /** Keys of a sparse-attention indexer: bytes per token whatever the KV precision; replicated over TP. */
  | { readonly kind: 'indexer'; readonly bytes: number; readonly every?: number }
  /** Constant per sequence (recurrent and convolution state); TP spreads its heads. */
  | { readonly kind: 'state'; readonly heads: number; readonly bytes: number }

/** What TP cuts, for the legality rules. */
export interface Heads {
  /** 0 where there is nothing to cut. */
  readonly query: number
  /** 1 for a latent. */
  readonly kv: number
  /** Groups of heads that no rank may hold a part of; absent: any number of heads may part from the rest. */
  readonly groups?: number
}

/** One kind of token mixer. A kind is one file here, one row in `index.ts`, one block in cost-model/blocks. */
export interface AttentionKind<A extends { readonly kind: string }> {
  readonly kind: A['kind']
  readonly schema: z.ZodType<A>
  /** Weights of one layer; `hidden` is the model width. Norms of the mixer itself (QK norm, latent norm) included. */
  tensors(a: A, hidden: number): readonly Tensor[]
  caches(a: A): readonly Cache[]
  heads(a: A): Heads
}
