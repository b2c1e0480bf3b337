import { z } from 'zod'
import { benchmarkSchema } from './benchmark.ts'
import { confidenceSchema } from './figure.ts'
import { type Length, lengthMoments, lengthSchema, longestTokens, type Mixture } from './length.ts'
import { prefixHitSchema } from './prefix-hit.ts'
import { quantity } from './quantity.ts'

/** Bounds of latencies, seconds, and of what: a percentile of the requests; absent: their mean. */
const sloSchema = z.strictObject({
  ttft: quantity('seconds').optional(),
  tpot: quantity('seconds').optional(),
  e2e: quantity('seconds').optional(),
  percentile: z.number().min(50).lt(100).optional(),
})

interface Lengths {
  readonly isl: Length
  readonly osl: Length
  readonly paired?: boolean | undefined
}

/** A number is a fixed length. */
const brief = z.union([
  z
    .number()
    .min(1)
    .max(1e7)
    .transform((tokens) => ({ kind: 'fixed' as const, tokens })),
  lengthSchema,
])

const requests = {
  isl: brief,
  osl: brief,
  /** The i-th prompt and the i-th output of two empirical lengths belong to one request. */
  paired: z.boolean().optional(),
  prefixHit: prefixHitSchema.default(0),
}

/** Requests of one kind in a mixture. */
export const classSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'is made of lower-case letters, digits and hyphens'),
    /** Of the requests: a weight, of any sum. */
    share: z.number().positive(),
    ...requests,
    /** What these requests must meet; a plan whose requests of this class do not misses it. */
    slo: sloSchema.optional(),
  })
  .refine(pairsMatch, 'is paired, so isl and osl must be empirical with as many tokens each')
export type RequestClass = z.infer<typeof classSchema>

export const classesSchema = z
  .array(classSchema)
  .min(1)
  .max(16)
  .refine((classes) => new Set(classes.map(({ name }) => name)).size === classes.length, 'names a class twice')

const written = z.strictObject({
  id: z.string(),
  name: z.string(),
  ...requests,
  isl: brief.optional(),
  osl: brief.optional(),
  /** Requests of several kinds, instead of isl and osl. */
  classes: classesSchema.optional(),
  /** Absent: the steady state. */
  benchmark: benchmarkSchema.optional(),
  /** What users of this kind expect, where somebody published it; a hint for a study, which states its own. */
  slo: sloSchema.optional(),
  /** Absent in a person's own entry: they are the source. */
  source: z.strictObject({ title: z.string(), date: z.string(), confidence: confidenceSchema, licence: z.string().optional() }).optional(),
  notes: z.string().optional(),
})

/** With `classes`, `isl` and `osl` are what all requests together have. */
export const workloadSchema = written.transform((workload, context) => {
  const { classes } = workload
  const isl = workload.isl ?? (classes && lengthOfAll(classes, 'isl'))
  const osl = workload.osl ?? (classes && lengthOfAll(classes, 'osl'))
  const both = classes !== undefined && (workload.isl ?? workload.osl ?? workload.benchmark) !== undefined
  if (isl === undefined || osl === undefined || both || !pairsMatch({ ...workload, isl, osl })) {
    context.issues.push({
      code: 'custom',
      input: workload,
      message: both ? 'has classes, so isl and osl are theirs, and there is no benchmark of it' : needed,
    })
    return z.NEVER
  }
  return { ...workload, isl, osl }
})
export type Workload = z.infer<typeof workloadSchema>

const needed = 'needs isl and osl, or classes; paired ones are empirical with as many tokens each'

/** A workload without a `classes` field is one class. */
export function classesOf({ classes, isl, osl, paired, prefixHit }: Workload): readonly RequestClass[] {
  return classes ?? [{ name: 'all', share: 1, isl, osl, paired, prefixHit }]
}

/** The lengths of all requests of a mixture. */
export function lengthOfAll(classes: readonly RequestClass[], of: 'isl' | 'osl'): Mixture {
  const total = classes.reduce((sum, { share }) => sum + share, 0)
  return { kind: 'mixture', of: classes.flatMap(({ share, [of]: length }) => parts(length, share / total)) }
}

function parts(length: Length, share: number): Mixture['of'] {
  if (length.kind !== 'mixture') return [{ share, length }]
  const total = length.of.reduce((sum, part) => sum + part.share, 0)
  return length.of.map((part) => ({ share: (share * part.share) / total, length: part.length }))
}

/** Prompt and output tokens of the longest request that is certain to occur; means where there is no longest. */
export function longestRequest(workload: Workload): { readonly isl: number; readonly osl: number } {
  let [isl, osl] = [0, 0]
  for (const request of classesOf(workload)) {
    const pairs = pairsOf(request) ?? [[longestTokens(request.isl), longestTokens(request.osl)] as const]
    for (const [p, g] of pairs) if (p + g > isl + osl) [isl, osl] = [p, g]
  }
  return { isl, osl }
}

/** Prompts and outputs that belong together; undefined where they are drawn apart. */
export function pairsOf({ isl, osl, paired }: Lengths): readonly (readonly [number, number])[] | undefined {
  if (paired !== true || isl.kind !== 'empirical' || osl.kind !== 'empirical') return undefined
  return isl.tokens.map((tokens, i) => [tokens, osl.tokens[i]!])
}

function pairsMatch({ isl, osl, paired }: Lengths): boolean {
  return paired !== true || (isl.kind === 'empirical' && osl.kind === 'empirical' && isl.tokens.length === osl.tokens.length)
}

/** Mean of prompt x output, tokens squared. */
export function meanProduct(request: Lengths): number {
  const pairs = pairsOf(request)
  if (pairs === undefined) return lengthMoments(request.isl).mean * lengthMoments(request.osl).mean
  return pairs.reduce((sum, [p, g]) => sum + p * g, 0) / pairs.length
}
