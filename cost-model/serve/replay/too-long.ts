import { blocksEach, blocksOfRequest, type ReplayEngine } from './engine.ts'
import type { Requests } from './requests.ts'

/** A request that can never be served, by its number from 0. */
export interface TooLong {
  readonly kind: 'too-long'
  readonly request: number
  readonly isl: number
  readonly osl: number
  /** KV that it needs and that there is, tokens in whole blocks. */
  readonly needed: number
  readonly capacity: number
}

/** The first request that no rank of the engine has the KV for; undefined where each fits. */
export function tooLong(engine: ReplayEngine, { isl, osl }: Requests): TooLong | undefined {
  const blocks = blocksEach(engine)
  const request = isl.findIndex((tokens, i) => blocksOfRequest(engine, tokens, osl[i]) > blocks)
  if (request < 0) return undefined
  const needed = blocksOfRequest(engine, isl[request], osl[request]) * engine.blockTokens
  return { kind: 'too-long', request, isl: isl[request], osl: osl[request], needed, capacity: blocks * engine.blockTokens }
}
