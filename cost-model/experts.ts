/** Expected experts that `tokens` choose between them, each `k` of `experts` at random: E (1 - (1 - k/E)^B). */
export function distinctExperts(experts: number, k: number, tokens: number): number {
  return tokens <= 0 ? 0 : experts * -Math.expm1(tokens * Math.log1p(-Math.min(k, experts) / experts))
}

/** Standard deviations by which the fullest of `ranks` equal normal variables exceeds the mean (Blom 1958). */
export function fullestDeviation(ranks: number): number {
  return ranks <= 1 ? 0 : normalQuantile((ranks - 0.375) / (ranks + 0.25))
}

/**
 * Token-expert pairs on the fullest rank where `tokens` choose `k` of `experts` spread over `ranks`. What popularity (`skew`, over the
 * mean) and chance add are independent, so their squares add up: within 4 % of a Monte Carlo, where their product is 15 % too high.
 */
export function fullestLoad(experts: number, k: number, ranks: number, tokens: number, skew: number, deviation: number): number {
  const mean = (tokens * k) / ranks
  const spread = Math.sqrt((mean * (1 - 1 / ranks) * (experts - k)) / Math.max(1, experts - 1))
  const more = Math.sqrt((mean * (skew - 1)) ** 2 + (spread * deviation) ** 2)
  return Math.min(tokens * Math.min(k, experts / ranks), mean + more)
}

/** Experts that the fullest of `ranks` reads: its share of the `distinct` of `experts` read in all, and as many more as chance gives it. */
export function fullestDistinct(experts: number, ranks: number, distinct: number, deviation: number): number {
  const own = experts / ranks
  const hit = Math.min(1, distinct / experts)
  return Math.min(own, own * hit + deviation * Math.sqrt(own * hit * (1 - hit)))
}

/** Quantile of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p < 0.02425) return -tail(Math.sqrt(-2 * Math.log(p)))
  if (p > 1 - 0.02425) return tail(Math.sqrt(-2 * Math.log(1 - p)))
  const q = p - 0.5
  const r = q * q
  return (q * polynomial(acklam.a, r)) / polynomial(acklam.b, r)
}

const acklam = {
  a: [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
  b: [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
  c: [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  d: [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
}

function tail(q: number): number {
  return -polynomial(acklam.c, q) / polynomial(acklam.d, q)
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (let i = 0; i < coefficients.length; i++) value = value * x + coefficients[i]!
  return value
}
