import type { Length } from '../../../spaces/length.ts'
import { betaShape, type PrefixHit } from '../../../spaces/prefix-hit.ts'
import type { Rng } from '../../../spaces/rng.ts'

/** Longer than any context window; keeps a heavy tail inside 32 bits. */
const mostTokens = 2 ** 30

/** Whole tokens, at least one. */
export function drawLength(length: Length, rng: Rng): number {
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
    case 'empirical':
      return wholeTokens(length.tokens[rng.below(length.tokens.length)])
    case 'mixture':
      return drawLength(length.of[drawWeighted(length.of, rng)].length, rng)
  }
}

export function wholeTokens(tokens: number): number {
  return Math.min(mostTokens, Math.max(1, Math.round(tokens)))
}

/** Share of a prompt that the prefix cache holds. */
export function drawHit(hit: PrefixHit, rng: Rng): number {
  if (typeof hit === 'number') return hit
  if (hit.kind === 'empirical') return hit.shares[rng.below(hit.shares.length)]
  if (hit.cv === 0) return hit.mean
  const [a, b] = betaShape(hit).map((shape) => drawGamma(shape, rng))
  return a + b > 0 ? a / (a + b) : hit.mean
}

/** Which of them: each as likely as its share of all. */
export function drawWeighted(parts: readonly { readonly share: number }[], rng: Rng): number {
  let left = rng.uniform() * parts.reduce((sum, { share }) => sum + share, 0)
  let i = 0
  while (i < parts.length - 1 && left >= parts[i].share) left -= parts[i++].share
  return i
}

/** Standard normal (Box and Muller 1958). */
function drawNormal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform())
}

/** Gamma of mean `shape` and scale 1 (Marsaglia and Tsang 2000; shapes below 1 by the usual power of a uniform). */
export function drawGamma(shape: number, rng: Rng): number {
  if (shape < 1) return drawGamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = drawNormal(rng)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - rng.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}
