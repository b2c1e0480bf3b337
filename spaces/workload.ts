import { z } from 'zod'
import { benchmarkSchema } from './benchmark.ts'
import { confidenceSchema } from './figure.ts'
import { quantity } from './quantity.ts'

/** Token counts of requests. Moments are all that the closed forms use. */
export const lengthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), tokens: z.number().positive() }),
  z
    .strictObject({ kind: z.literal('uniform'), from: z.number().positive(), to: z.number().positive() })
    .refine(({ from, to }) => from <= to, 'from must not exceed to'),
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
  /** Absent: the steady state. */
  benchmark: benchmarkSchema.optional(),
  /** What users of this kind expect, where somebody published it; a hint for a study, which states its own. */
  slo: z
    .strictObject({
      ttft: quantity('seconds').optional(),
      tpot: quantity('seconds').optional(),
      /** Of the requests, in percent; absent: the mean. */
      percentile: z.number().min(50).lt(100).optional(),
    })
    .optional(),
  /** Absent in a person's own entry: they are the source. */
  source: z.strictObject({ title: z.string(), date: z.string(), confidence: confidenceSchema, licence: z.string().optional() }).optional(),
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
