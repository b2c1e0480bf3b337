import { z } from 'zod'
import type { Moments } from './length.ts'

/**
 * Share of a prompt's tokens found in the prefix cache, [0, 1): the same for every request, beta-distributed, or one of equally likely
 * shares. Independent of the lengths.
 */
export const prefixHitSchema = z.union([
  z.number().min(0).lt(1),
  z
    .strictObject({ kind: z.literal('beta'), mean: z.number().gt(0).lt(1), cv: z.number().nonnegative() })
    .refine(({ mean, cv }) => cv * cv * mean < 1 - mean, 'cv must stay below the square root of (1 - mean) / mean'),
  z.strictObject({ kind: z.literal('empirical'), shares: z.array(z.number().min(0).lt(1)).min(1).max(10_000) }),
])
export type PrefixHit = z.infer<typeof prefixHitSchema>

export function meanHit(hit: PrefixHit): number {
  if (typeof hit === 'number') return hit
  return hit.kind === 'beta' ? hit.mean : hit.shares.reduce((sum, share) => sum + share, 0) / hit.shares.length
}

/** Of the share that is not found, and so computed. */
export function missMoments(hit: PrefixHit): Moments {
  if (typeof hit === 'number') return { mean: 1 - hit, cv: 0 }
  if (hit.kind === 'beta') return { mean: 1 - hit.mean, cv: (hit.cv * hit.mean) / (1 - hit.mean) }
  const mean = 1 - meanHit(hit)
  const square = hit.shares.reduce((sum, share) => sum + (1 - share) ** 2, 0) / hit.shares.length
  return { mean, cv: Math.sqrt(Math.max(0, square / (mean * mean) - 1)) }
}

/** Alpha and beta of the distribution with these moments. */
export function betaShape({ mean, cv }: { readonly mean: number; readonly cv: number }): readonly [number, number] {
  const sum = (1 - mean) / (mean * cv * cv) - 1
  return [mean * sum, (1 - mean) * sum]
}
