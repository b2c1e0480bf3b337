import { z } from 'zod'

/** Token counts of requests. Moments are all that the closed forms use. */
export const lengthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), tokens: z.number().positive() }),
  z.strictObject({ kind: z.literal('uniform'), from: z.number().positive(), to: z.number().positive() }),
  z.strictObject({ kind: z.literal('lognormal'), mean: z.number().positive(), cv: z.number().nonnegative() }),
])
export type Length = z.infer<typeof lengthSchema>

export const workloadSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  isl: lengthSchema,
  osl: lengthSchema,
  /** Share of prompt tokens found in the prefix cache, [0, 1). */
  prefixHit: z.number().min(0).lt(1).default(0),
  source: z.strictObject({
    title: z.string(),
    date: z.string(),
    confidence: z.enum(['high', 'medium', 'low']),
    licence: z.string().optional(),
  }),
  notes: z.string().optional(),
})
export type Workload = z.infer<typeof workloadSchema>

/** Mean and coefficient of variation of a length. */
export function lengthMoments(length: Length): { readonly mean: number; readonly cv: number } {
  switch (length.kind) {
    case 'fixed':
      return { mean: length.tokens, cv: 0 }
    case 'uniform': {
      const mean = (length.from + length.to) / 2
      return { mean, cv: (length.to - length.from) / Math.sqrt(12) / mean }
    }
    case 'lognormal':
      return { mean: length.mean, cv: length.cv }
  }
}
