import { normalQuantile } from '../../experts.ts'

/** Numbers in [0, 1) that are the same in every run (mulberry32): for sums over samples, not for chance. */
export function uniformFrom(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How many values are drawn of everything. */
export const draws = 400

/** A distribution of mean 1 at the middles of equal parts of [0, 1], in an order that shows no pattern, scaled to have exactly that mean. */
function drawn(seed: number, quantile: (u: number) => number): Float64Array {
  const random = uniformFrom(seed)
  const values = Float64Array.from({ length: draws }, (_, i) => quantile((i + 0.5) / draws))
  for (let i = draws - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[values[i], values[j]] = [values[j]!, values[i]!]
  }
  return scaled(values, 1)
}

function scaled(values: Float64Array, mean: number): Float64Array {
  const scale = (mean * values.length) / values.reduce((sum, value) => sum + value, 0)
  return values.map((value) => value * scale)
}

const normals = Float64Array.from({ length: draws }, (_, i) => normalQuantile((i + 0.5) / draws))
const exponentials = drawn(2, (u) => -Math.log(1 - u))
const orders = [1, 4].map((seed) => drawn(seed, (u) => u).map((u) => Math.round(u * (draws / 2) - 0.5)))

/** Log-normal numbers of exactly that mean, and of that coefficient of variation up to the tail that so few cannot show. */
export function logNormals(of: 'prompts' | 'outputs', mean: number, cv: number): Float64Array {
  const scale = Math.sqrt(Math.log(1 + cv * cv))
  const order = orders[of === 'prompts' ? 0 : 1]!
  return scaled(
    order.map((i) => Math.exp(scale * normals[i]!)),
    mean,
  )
}

/** Gaps between arrivals, gamma with that coefficient of variation and exactly that mean (exponential: Poisson arrivals). */
export function gaps(mean: number, cv: number): Float64Array {
  if (cv === 1) return exponentials.map((value) => value * mean)
  const random = uniformFrom(2)
  return scaled(
    Float64Array.from({ length: draws }, () => gamma(random, cv)),
    mean,
  )
}

/** A gamma number of mean 1 (Marsaglia and Tsang, ACM TOMS 26, 2000). */
export function gamma(random: () => number, cv: number): number {
  if (cv === 0) return 1
  const shape = 1 / (cv * cv)
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalQuantile(Math.max(1e-12, random()))
    const v = (1 + c * x) ** 3
    if (v <= 0 || Math.log(1 - random()) >= (x * x) / 2 + d - d * v + d * Math.log(v)) continue
    return ((d * v) / shape) * (shape < 1 ? (1 - random()) ** (1 / shape) : 1)
  }
}
