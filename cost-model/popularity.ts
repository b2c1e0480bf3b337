import { makeRng } from '../spaces/rng.ts'

/** Popularity by rank: the i-th most used expert has weight i^-exponent. */
export function rankWeights(experts: number, exponent: number): readonly number[] {
  return Array.from({ length: experts }, (_, i) => (i + 1) ** -exponent)
}

/** Popularity by token counts: quantiles of a power law of density x^-exponent between 1 and 0.8 of the experts, as AIConfigurator draws it. */
export function countWeights(experts: number, exponent: number): readonly number[] {
  const tail = Math.max(1, 0.8 * experts) ** (1 - exponent)
  return Array.from({ length: experts }, (_, i) => (1 + (1 - (i + 0.5) / experts) * (tail - 1)) ** (1 / (1 - exponent)))
}

/**
 * Chance that a token chooses each expert, most popular first, where topK are drawn by their weights without return: 1 - exp(-w t), t
 * such that they add up to topK (Rosen 1972; within 0.6 % in what is read and 2 % in the top expert of a Monte Carlo).
 */
export function choiceChances(topK: number, weights: readonly number[]): readonly number[] {
  const experts = weights.length
  if (weights.every((w) => w === weights[0]) || topK === experts) return weights.map(() => topK / experts)
  // Newton from below: the sum is concave in t, so no step goes too far.
  let t = 0
  for (let step = 1; step > 1e-12 * t; t += step) {
    let [drawn, slope] = [0, 0]
    for (const w of weights) {
      const missed = Math.exp(-w * t)
      drawn += 1 - missed
      slope += w * missed
    }
    step = (topK - drawn) / slope
  }
  return weights.map((w) => -Math.expm1(-w * t))
}

/** Orders of experts at random, always the same ones. */
export function orders(experts: number, count: number): readonly (readonly number[])[] {
  const rng = makeRng(experts)
  return Array.from({ length: count }, () => {
    const order = Array.from({ length: experts }, (_, i) => i)
    for (let i = experts - 1; i > 0; i--) {
      const j = rng.below(i + 1)
      const swapped = order[i]!
      order[i] = order[j]!
      order[j] = swapped
    }
    return order
  })
}

/** Load of the fullest of `ranks` over the mean, items dealt out in their order. */
export function fullestOfOrder(loads: readonly number[], ranks: number): number {
  let [most, total, current, rank] = [0, 0, 0, 0]
  for (let i = 0; i < loads.length; i++) {
    const next = Math.floor((i * ranks) / loads.length)
    if (next !== rank) {
      most = Math.max(most, current)
      current = 0
      rank = next
    }
    current += loads[i]!
    total += loads[i]!
  }
  return (Math.max(most, current) * ranks) / total
}

/** Points of a table in an octave of tokens: linear interpolation of logarithms is then within 0.2 %. */
const perOctave = 4
const mostOctaves = 24

/**
 * Expected slots that some of `tokens` tokens chose, of slots with these chances: sum of 1 - (1 - p)^B, from a table in log B. Below one
 * token in proportion; beyond the table, where all but 0.01 % are read, all that it ends with.
 */
export function distinctTable(chances: readonly number[]): (tokens: number) => number {
  const logs: number[] = []
  const missed = chances.map((p) => Math.log1p(-p))
  for (let i = 0; i <= perOctave * mostOctaves; i++) {
    const read = missed.reduce((sum, log) => sum - Math.expm1(2 ** (i / perOctave) * log), 0)
    logs.push(Math.log(read))
    if (read > (1 - 1e-4) * chances.length) break
  }
  const [first, last] = [Math.exp(logs[0]!), logs.length - 1]
  return (tokens) => {
    if (tokens <= 1) return Math.max(0, tokens) * first
    const x = Math.log2(tokens) * perOctave
    const i = Math.floor(x)
    return Math.exp(i >= last ? logs[last]! : logs[i]! + (x - i) * (logs[i + 1]! - logs[i]!))
  }
}
