import { makeRng, type Rng } from '../../../spaces/rng.ts'
import type { Length } from '../../../spaces/workload.ts'

/** What a replay serves, request by request: whole tokens, at least one each. */
export interface Requests {
  readonly isl: Int32Array
  readonly osl: Int32Array
  /** Leading prompt tokens that the prefix cache holds when the request comes. */
  readonly cached: Int32Array
}

/** Pairs of lengths that were seen together, of which an empirical workload draws. */
export interface LengthPairs {
  readonly kind: 'pairs'
  readonly isl: ArrayLike<number>
  readonly osl: ArrayLike<number>
}

/** Prompts and outputs drawn one by one, or pairs of both. */
export type Lengths = { readonly kind: 'drawn'; readonly isl: Length; readonly osl: Length } | LengthPairs

/** `count` requests of these lengths; every prompt finds the same share of its tokens in the prefix cache. */
export function drawRequests(lengths: Lengths, count: number, prefixHit: number, seed: number): Requests {
  const [prompts, outputs] = [makeRng(seed, 1), makeRng(seed, 2)]
  const isl = new Int32Array(count)
  const osl = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    if (lengths.kind === 'pairs') {
      const row = prompts.below(lengths.isl.length)
      isl[i] = lengths.isl[row]
      osl[i] = lengths.osl[row]
    } else {
      isl[i] = drawLength(lengths.isl, prompts)
      osl[i] = drawLength(lengths.osl, outputs)
    }
  }
  return { isl, osl, cached: isl.map((tokens) => Math.floor(prefixHit * tokens)) }
}

function drawLength(length: Length, rng: Rng): number {
  switch (length.kind) {
    case 'fixed':
      return wholeTokens(length.tokens)
    case 'uniform': {
      const from = wholeTokens(length.from)
      return from + rng.below(wholeTokens(length.to) - from + 1)
    }
    case 'lognormal': {
      const variance = Math.log(1 + length.cv * length.cv)
      return wholeTokens(length.mean * Math.exp(Math.sqrt(variance) * drawNormal(rng) - variance / 2))
    }
  }
}

/** Longer than any context window; keeps a heavy tail inside 32 bits. */
const mostTokens = 2 ** 30

function wholeTokens(tokens: number): number {
  return Math.min(mostTokens, Math.max(1, Math.round(tokens)))
}

/** Standard normal (Box and Muller 1958). */
export function drawNormal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform())
}
