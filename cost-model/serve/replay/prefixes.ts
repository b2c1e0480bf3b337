/** Blocks of prompts by the hash of all text up to their end: those of request i stand from `from[i]` to before `from[i + 1]`. */
export interface Prefixes {
  readonly hashes: Float64Array
  readonly from: Int32Array
  readonly blockTokens: number
}

/**
 * Tokens of a request's prompt that a cache has seen at the beginning of earlier ones; it sees these now, and forgets nothing, so that
 * this is the most that a real cache holds.
 */
export function hitOf({ hashes, from, blockTokens }: Prefixes, seen: Set<number>, request: number, isl: number): number {
  const [begin, end] = [from[request], from[request + 1]]
  let at = begin
  while (at < end && seen.has(hashes[at])) at++
  for (let i = at; i < end; i++) seen.add(hashes[i])
  return Math.min(isl, blockTokens * (at - begin))
}
