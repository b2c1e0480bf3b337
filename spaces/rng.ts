/** A stream of pseudo-random numbers: equal seeds give equal streams, on every machine. */
export interface Rng {
  /** The next integer in [0, 2^32). */
  next(): number
  /** Uniform integer in [0, bound), for bounds up to 2^53. */
  below(bound: number): number
  /** Uniform number in [0, 1) with 53 random bits. */
  uniform(): number
}

/** Streams of one seed are independent: give every shard its number, and results do not depend on which worker ran it. */
export function makeRng(seed: number, stream = 0): Rng {
  const fill = splitmix32(mix32(seed) ^ mix32(Math.floor(seed / 2 ** 32) + 0x9e3779b9) ^ mix32(stream + 0x85ebca6b))
  const next = xoshiro128([fill(), fill(), fill(), fill()])
  const bits53 = () => (next() >>> 11) * 2 ** 32 + next()
  return { next, below: (bound) => below(bits53, bound), uniform: () => bits53() / 2 ** 53 }
}

/** xoshiro128** 1.1 (Blackman and Vigna, prng.di.unimi.it): integers in [0, 2^32) from a state that is not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
}

/** Draws that would favour small values are thrown away, so that every value is equally likely. */
function below(bits53: () => number, bound: number): number {
  const limit = 2 ** 53 - (2 ** 53 % bound)
  let drawn = bits53()
  while (drawn >= limit) drawn = bits53()
  return drawn % bound
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    return mix32(state)
  }
}

/** Finaliser of splitmix32: every input bit reaches every output bit. */
function mix32(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
