import { z } from 'zod'
import { modes, regimes } from './regime.ts'

// Errors of predictions, measured: data that a scenario carries. Errors are ln(measured / predicted).

const text = z.string().min(1)
const range = z.tuple([z.number().positive(), z.number().positive()])

/** Quantiles of an error: 10 %, 50 % and 90 %. More than a factor of 1,000 is a slip. */
const band = z
  .strictObject({ lo: z.number().min(-7).max(7), mid: z.number().min(-7).max(7), hi: z.number().min(-7).max(7) })
  .refine(({ lo, mid, hi }) => lo <= mid && mid <= hi, 'must ascend from lo to hi')
export type Band = z.infer<typeof band>

/** Figures that have bands, as columns begin with; E2E follows from TTFT and TPOT, and has its own errors. */
export const bandFigures = ['ttft', 'tpot', 'e2e', 'throughput'] as const
export type BandFigure = (typeof bandFigures)[number]
const perFigure = <T extends z.ZodType>(of: T) => z.strictObject({ ttft: of, tpot: of, e2e: of, throughput: of })

const variances = z.strictObject({ shared: z.number().nonnegative(), own: z.number().nonnegative() })

export const bandsSchema = z.strictObject({
  source: text,
  date: z.string().regex(/^\d{4}(-\d{2}){0,2}$/),
  notes: text.optional(),
  /** What the errors were measured on; `batch`: requests per attention-DP rank, `width`: GPUs of a replica or of the widest worker. */
  measured: z.array(
    z.strictObject({ mode: z.enum(modes), gpu: text, generation: text, engine: text, family: text, batch: range, width: range }),
  ),
  /** By regime and mode; `points` measured points of `groups` configurations. */
  bands: z
    .array(perFigure(band).extend({ regime: z.enum(regimes), mode: z.enum(modes), points: z.int().positive(), groups: z.int().positive() }))
    .refine((rows) => modes.every((mode) => regimes.every((regime) => rows.some((row) => row.mode === mode && row.regime === regime))), {
      error: 'needs a row for every regime and mode',
    }),
  /**
   * Variance of the errors: what plans of one model, GPU and engine have in common, and what each has of its own. `correlation`: of the
   * errors of TTFT and TPOT of one plan.
   */
  variance: z.array(perFigure(variances).extend({ mode: z.enum(modes), correlation: z.number().min(-1).max(1) })),
})
export type Bands = z.infer<typeof bandsSchema>
export type BandRow = Bands['bands'][number]
