import { z } from 'zod'

const tokens = z.number().positive()
const fixed = z.strictObject({ kind: z.literal('fixed'), tokens })
const uniform = z
  .strictObject({ kind: z.literal('uniform'), from: tokens, to: tokens })
  .refine(({ from, to }) => from <= to, 'from must not exceed to')
const lognormal = z.strictObject({ kind: z.literal('lognormal'), mean: tokens, cv: z.number().nonnegative() })
/** Equally likely counts: a sample, or quantiles. Without bounds on the tail: the largest is the longest request there is. */
const empirical = z.strictObject({ kind: z.literal('empirical'), tokens: z.array(tokens).min(1).max(10_000) })
const simple = z.discriminatedUnion('kind', [fixed, uniform, lognormal, empirical])

/** Token counts of prompts or outputs. `mixture`: one of several, each with its share of the requests (weights, of any sum). */
export const lengthSchema = z.discriminatedUnion('kind', [
  fixed,
  uniform,
  lognormal,
  empirical,
  z.strictObject({ kind: z.literal('mixture'), of: z.array(z.strictObject({ share: z.number().positive(), length: simple })).min(1) }),
])
export type Length = z.infer<typeof lengthSchema>
export type Mixture = Extract<Length, { readonly kind: 'mixture' }>

/** Mean and coefficient of variation. */
export interface Moments {
  readonly mean: number
  readonly cv: number
}

export function lengthMoments(length: Length): Moments {
  switch (length.kind) {
    case 'fixed':
      return { mean: length.tokens, cv: 0 }
    case 'uniform': {
      const mean = (length.from + length.to) / 2
      return { mean, cv: (length.to - length.from) / Math.sqrt(12) / mean }
    }
    case 'lognormal':
      return { mean: length.mean, cv: length.cv }
    case 'empirical':
      return mixedMoments(length.tokens.map((value) => ({ share: 1, mean: value, cv: 0 })))
    case 'mixture':
      return mixedMoments(length.of.map(({ share, length: part }) => ({ share, ...lengthMoments(part) })))
  }
}

/** Of numbers that come from one of several distributions, each with its weight. */
export function mixedMoments(parts: readonly (Moments & { readonly share: number })[]): Moments {
  let [total, first, second] = [0, 0, 0]
  for (const { share, mean, cv } of parts) {
    total += share
    first += share * mean
    second += share * mean * mean * (1 + cv * cv)
  }
  const mean = first / total
  return { mean, cv: mean > 0 ? Math.sqrt(Math.max(0, second / total / (mean * mean) - 1)) : 0 }
}

/** Longest length that is certain to occur; the mean where there is no longest. */
export function longestTokens(length: Length): number {
  switch (length.kind) {
    case 'uniform':
      return length.to
    case 'empirical':
      return length.tokens.reduce((most, value) => Math.max(most, value), 0)
    case 'mixture':
      return length.of.reduce((most, part) => Math.max(most, longestTokens(part.length)), 0)
    default:
      return lengthMoments(length).mean
  }
}
