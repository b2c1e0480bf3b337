import type { Length } from '../../../spaces/length.ts'
import type { PrefixHit } from '../../../spaces/prefix-hit.ts'
import { makeRng } from '../../../spaces/rng.ts'
import { pairsOf, type RequestClass } from '../../../spaces/workload.ts'
import { drawHit, drawLength, drawWeighted, wholeTokens } from './draw.ts'
import type { Prefixes } from './prefixes.ts'

/** What a replay serves, request by request: whole tokens, at least one each. */
export interface Requests {
  readonly isl: Int32Array
  readonly osl: Int32Array
  /** Leading prompt tokens that the prefix cache holds when the request comes. */
  readonly cached: Int32Array
  /** Number of its class in a mixture; absent: there is one. */
  readonly classOf?: Uint8Array
  /** What begins alike, from which follows what is cached where a request goes to; `cached` is then not looked at. */
  readonly prefixes?: Prefixes
  /** Number of the session that a request belongs to; absent: each is one of its own. */
  readonly session?: Int32Array
}

/** Prompts and outputs drawn one by one, or (two empirical lengths) pairs of both. */
export interface Lengths {
  readonly kind: 'drawn'
  readonly isl: Length
  readonly osl: Length
  readonly paired?: boolean
}

/** `count` requests of these lengths. */
export function drawRequests({ kind: _, ...lengths }: Lengths, count: number, prefixHit: PrefixHit, seed: number): Requests {
  return drawMixture([{ name: 'all', share: 1, ...lengths, prefixHit }], count, seed)
}

/** `count` requests of a mixture; class, prompt, output and hit have a stream of random numbers each. */
export function drawMixture(classes: readonly RequestClass[], count: number, seed: number): Requests {
  const [prompts, outputs, chosen, hits] = [1, 2, 4, 5].map((stream) => makeRng(seed, stream))
  const pairs = classes.map(pairsOf)
  const requests = { isl: new Int32Array(count), osl: new Int32Array(count), cached: new Int32Array(count) }
  const classOf = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const c = classes.length === 1 ? 0 : drawWeighted(classes, chosen)
    const { isl, osl, prefixHit } = classes[c]
    const pair = pairs[c]?.[prompts.below(pairs[c].length)]
    classOf[i] = c
    requests.isl[i] = pair === undefined ? drawLength(isl, prompts) : wholeTokens(pair[0])
    requests.osl[i] = pair === undefined ? drawLength(osl, outputs) : wholeTokens(pair[1])
    requests.cached[i] = Math.floor(drawHit(prefixHit, hits) * requests.isl[i])
  }
  return classes.length === 1 ? requests : { ...requests, classOf }
}
