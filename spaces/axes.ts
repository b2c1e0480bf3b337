import { z } from 'zod'
import { type Axis, factorAxis, listAxis, stepAxis } from './axis.ts'
import { draftKinds, type Speculation } from './plan.ts'
import { speculationKey } from './plan-key.ts'
import { formatNames } from './precision.ts'

const count = z.int().positive()

/** A range by factor is written out. */
const mostFactors = 10_000

/** Far above the experts of any model, and so above any use of copies. */
const mostCopies = 1024

/** `all`, a value, a list, or a range by step (1 unless stated) or by factor. */
function counts(value: z.ZodInt) {
  const range = z
    .strictObject({ from: value, to: value, step: count.optional(), factor: z.number().gt(1).optional() })
    .refine(({ step, factor }) => step === undefined || factor === undefined, 'a range goes by step or by factor, not both')
    .refine(
      ({ from, to, factor }) => factor === undefined || Math.log(to / from) / Math.log(factor) <= mostFactors,
      `a range by factor starts above 0 and has at most ${mostFactors} steps`,
    )
  return z.union([z.literal('all'), value, z.array(value), range])
}

function words(names: readonly string[]) {
  const word = z.enum(names as [string, ...string[]])
  return z.union([z.enum(['all', ...names]), z.array(word)])
}

const probability = z.number().min(0).max(1)

const speculating = z.union([
  z.literal('off'),
  z.strictObject({
    /** Drafts that a step verifies. */
    depth: z.int().positive().max(64),
    /** Probability that one is accepted, given those before it; or of the first, the second, ... */
    acceptance: z.union([probability, z.array(probability).min(1).max(64)]),
    draft: z.enum(draftKinds).optional(),
  }),
])

/**
 * Axes of a study: what each field of a plan may be. `all` of a width is every divisor of the GPUs there are; an axis that is left out
 * has the default of `poolAxes`.
 */
export const axesSchema = z.strictObject({
  replicas: counts(count).optional(),
  pp: counts(count).optional(),
  attentionDp: counts(count).optional(),
  sp: counts(count).optional(),
  spKind: words(['ring', 'all-to-all', 'all-gather']).optional(),
  tp: counts(count).optional(),
  dcp: counts(count).optional(),
  /** Dense-FFN TP; left out: attention's TP (x sp with dcp). */
  ffnTp: counts(count).optional(),
  ep: counts(count).optional(),
  moeTp: counts(count).optional(),
  moeDp: counts(count).optional(),
  redundantExperts: counts(z.int().nonnegative().max(mostCopies)).optional(),
  weights: words(['shipped', ...formatNames]).optional(),
  activations: words(formatNames).optional(),
  kv: words(formatNames).optional(),
  comm: words(formatNames).optional(),
  /** Speculative decoding, or `off`; left out: off. */
  speculation: z.union([speculating, z.array(speculating).min(1).max(64)]).optional(),
  /** Concurrent requests per replica. */
  batch: counts(count).optional(),
  /** Token budget of a step. */
  chunk: counts(count).optional(),
})
export type Axes = z.infer<typeof axesSchema>

type Counts = NonNullable<Axes['batch']>
type Words = NonNullable<Axes['weights']>
type Speculations = NonNullable<Axes['speculation']>

/** The values a person wrote; `all` as given. */
export function countAxis(spec: Counts, all: readonly number[]): Axis<number> {
  if (spec === 'all') return listAxis(all)
  if (typeof spec === 'number') return listAxis([spec])
  if (!('from' in spec)) return listAxis(spec)
  return spec.factor === undefined ? stepAxis(spec.from, spec.to, spec.step ?? 1) : factorAxis(spec.from, spec.to, spec.factor)
}

export function wordAxis(spec: Words, all: readonly string[]): Axis<string> {
  if (spec === 'all') return listAxis(all)
  return listAxis(typeof spec === 'string' ? [spec] : spec)
}

/** Undefined: no speculation. Values that say the same are one. */
export function speculationAxis(spec: Speculations): Axis<Speculation | undefined> {
  const written = (Array.isArray(spec) ? spec : [spec]).map((value) => (value === 'off' ? undefined : value))
  const values = new Map(written.map((value) => [keyOf(value), value]))
  const keys = listAxis([...values.keys()])
  return { size: keys.size, at: (i) => values.get(keys.at(i)), indexOf: (value) => keys.indexOf(keyOf(value)) }
}

function keyOf(speculation: Speculation | undefined): string {
  return speculation === undefined ? 'off' : speculationKey(speculation)
}
