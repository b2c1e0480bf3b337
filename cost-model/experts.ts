import type { Routing } from './calibration.ts'

/** Expected experts that `tokens` choose between them, each `k` of `experts` at random: E (1 - (1 - k/E)^B). */
export function distinctExperts(experts: number, k: number, tokens: number): number {
  return tokens <= 0 ? 0 : experts * -Math.expm1(tokens * Math.log1p(-Math.min(k, experts) / experts))
}

/** Expected ranks (or nodes) among `parts` that hold one of a token's `k` experts: R (1 - C(E - E/R, k) / C(E, k)). */
export function distinctTargets(experts: number, k: number, parts: number): number {
  const each = experts / parts
  let missed = 1
  for (let i = 0; i < k; i++) missed *= Math.max(0, experts - each - i) / (experts - i)
  return parts * (1 - missed)
}

/** Standard deviations by which the fullest of `ranks` equal normal variables exceeds the mean (Blom 1958). */
export function fullestDeviation(ranks: number): number {
  return ranks <= 1 ? 0 : normalQuantile((ranks - 0.375) / (ranks + 0.25))
}

/** Token-expert pairs on the fullest rank where `tokens` choose `k` of `experts` spread over `ranks`: mean, deviation of random choice, skew. */
export function fullestLoad(experts: number, k: number, ranks: number, tokens: number, skew: number, deviation: number): number {
  const mean = (tokens * k) / ranks
  const spread = Math.sqrt((mean * (1 - 1 / ranks) * (experts - k)) / Math.max(1, experts - 1))
  return Math.min(tokens * Math.min(k, experts / ranks), mean * skew + spread * deviation)
}

/** Experts that the fullest rank reads: expected distinct ones of its own, and as many more as chance gives the fullest. */
export function fullestDistinct(experts: number, k: number, ranks: number, tokens: number, deviation: number): number {
  const own = experts / ranks
  const hit = distinctExperts(experts, k, tokens) / experts
  return Math.min(own, own * hit + deviation * Math.sqrt(own * hit * (1 - hit)))
}

/** Load of the fullest of `ranks` over the mean from the popularity of experts alone, with or without redundant copies that balance it. */
export function popularitySkew(routing: Routing, ranks: number, balanced: boolean): number {
  if (ranks <= 1) return 1
  const exponents = [...new Set(routing.loads.map((row) => row.exponent))].sort((a, b) => a - b)
  const above = exponents.find((e) => e >= routing.exponent) ?? exponents.at(-1)!
  const below = exponents.findLast((e) => e <= routing.exponent) ?? exponents[0]!
  const at = (exponent: number) => atRanks(routing, exponent, ranks, balanced)
  return above === below ? at(above) : at(below) + ((routing.exponent - below) / (above - below)) * (at(above) - at(below))
}

/** Linear in log ranks, from 1 on a single rank; constant beyond the last. */
function atRanks(routing: Routing, exponent: number, ranks: number, balanced: boolean): number {
  const rows = routing.loads.filter((row) => row.exponent === exponent).sort((a, b) => a.ranks - b.ranks)
  const points = [{ ranks: 1, load: 1 }, ...rows.map((row) => ({ ranks: row.ranks, load: balanced ? row.balanced : row.plain }))]
  const i = points.findIndex((p) => p.ranks >= ranks)
  if (i < 0) return points.at(-1)!.load
  if (i === 0) return 1
  const [a, b] = [points[i - 1]!, points[i]!]
  return a.load + (Math.log(ranks / a.ranks) / Math.log(b.ranks / a.ranks)) * (b.load - a.load)
}

/** Quantile of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
function normalQuantile(p: number): number {
  if (p < 0.02425) return -tail(Math.sqrt(-2 * Math.log(p)))
  if (p > 1 - 0.02425) return tail(Math.sqrt(-2 * Math.log(1 - p)))
  const q = p - 0.5
  const r = q * q
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239]
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]
  return (q * polynomial(a, r)) / polynomial(b, r)
}

function tail(q: number): number {
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783]
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
  return -polynomial(c, q) / polynomial(d, q)
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, c) => value * x + c, 0)
}
