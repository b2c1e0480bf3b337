import { z } from 'zod'
import { columns } from '../cost-model/column.ts'
import { studySchema } from './study.ts'

/** Raised when a reader of the former version could misread the new one. */
export const resultVersion = 1

/** Values by column, in the column's printed unit; null: not applicable, or written by a version that lacked the column. */
const values = z.strictObject(
  Object.fromEntries(
    columns.map((column) => {
      const value: z.ZodType<string | number | null> =
        'labels' in column ? z.enum(column.labels as readonly [string, ...string[]]).nullable() : z.number().nullable()
      return [column.name, value.default(null).describe(column.unit === '' ? column.doc : `${column.doc} [${column.unit}]`)]
    }),
  ),
)

const count = z.int().nonnegative()

const planned = z.strictObject({
  plan: z.string().describe('plan key'),
  index: count.describe('number of the plan in the space; names it together with both hashes'),
  values,
})

const price = z.strictObject({ usdPerGpuHour: z.number(), source: z.string(), date: z.string() })

const pool = z.strictObject({
  id: z.string(),
  gpu: z.string(),
  gpus: count,
  gpusPerNode: count,
  memory: z.strictObject({ bytes: z.number(), basis: z.string() }),
  wattsPerGpu: z.number().nullable(),
  price: price.nullable(),
})

const length = z.strictObject({ mean: z.number(), cv: z.number() })

const named = { plan: z.string().describe('plan key'), index: count }

const replay = z.strictObject({
  epsilonPercent: z.number().describe('plans this close to the front, or to a limit, are replayed too'),
  chosen: count.describe('plans to be replayed: the front by the closed form, and those near it'),
  replayed: count,
  unreached: count.describe('plans that were not replayed because the run was ended or its budget spent'),
  refused: z
    .array(z.strictObject({ reason: z.string(), plans: count, example: z.string(), ...named }))
    .describe('plans that cannot be replayed; they stay as the closed form has them'),
  gaps: z
    .array(
      z.strictObject({
        column: z.enum(columns.map(({ name }) => name)),
        plans: count.describe('plans with both values'),
        medianPercent: z.number(),
        medianSizePercent: z.number().describe('median of the gaps without their signs'),
        p90SizePercent: z.number(),
        most: z.strictObject({ percent: z.number(), ...named }),
      }),
    )
    .describe('how far replays are from the closed form, in percent of the latter'),
  entered: z.array(z.strictObject(named)).describe('plans on the front that the closed form did not have there'),
  left: z
    .array(
      z.strictObject({
        ...named,
        reason: z.string().describe('limit that the replay misses, or beaten'),
        byPercent: z
          .number()
          .nullable()
          .describe('by how much it misses the limit, or is worse than a plan of the front in every objective'),
      }),
    )
    .describe('plans on the front of the closed form alone'),
  closedRecommended: z.array(z.strictObject({ goal: z.string(), ...named })).describe('what the closed form would recommend'),
  recommendationChanged: z.boolean(),
})

/** result.json: what a run found, without anything that differs from one run of it to the next. */
export const resultSchema = z.strictObject({
  schemaVersion: z.literal(resultVersion),
  tool: z.strictObject({ name: z.literal('fleetfront'), version: z.string() }),
  study: studySchema.describe('as written, defaults filled in; quantities in SI units'),
  resolved: z
    .strictObject({
      model: z.string(),
      engine: z.string(),
      workload: z.strictObject({ id: z.string(), isl: length, osl: length, prefixHit: z.number() }),
      pools: z.array(pool),
    })
    .describe('what the names of the study stand for'),
  studyHash: z.string().describe('SHA-256 of what was asked'),
  catalogHash: z.string().describe('SHA-256 of what its names stand for'),
  calibration: z.strictObject({ id: z.string(), hash: z.string() }).describe('the constants behind the times'),
  partial: z.boolean().describe('the run ended early: `decided` plans of `total` are in it, or replays are missing'),
  counts: z.strictObject({
    total: count,
    decided: count,
    evaluated: count.describe('plans with times'),
    meeting: count.describe('plans with times that meet every SLO and limit'),
    byReason: z
      .array(z.strictObject({ reason: z.string(), plans: count, example: z.string(), plan: z.string(), index: count }))
      .describe('the other decided plans, by the first reason against each; the example is the first such plan'),
  }),
  kept: z.enum(['all', 'front-only']).describe('front-only: there were more plans than the run was allowed to keep'),
  recommended: z.array(planned.extend({ slo: z.string(), goal: z.string(), why: z.string() })),
  nearest: planned
    .extend({
      misses: z.array(z.strictObject({ limit: z.string(), reason: z.string(), message: z.string(), beyondPercent: z.number().nullable() })),
    })
    .nullable()
    .describe('where no plan meets every limit, the one that misses by least'),
  nearestFit: planned
    .extend({ reason: z.string(), message: z.string() })
    .nullable()
    .describe('where no plan fits in memory, the one that lacks least, and the term that binds'),
  front: z.array(planned).describe('plans that meet every limit and that no such plan beats in the objectives, by index'),
  replay: replay.nullable().default(null).describe('what replaying the plans near the front found; null: none was to be replayed'),
  warnings: z.array(z.string()),
})
export type Result = z.output<typeof resultSchema>

/** A `Reason`. */
export const reasonSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** What `estimate --json` prints. */
export const estimateSchema = z.strictObject({
  schemaVersion: z.literal(resultVersion),
  plan: z.string().describe('plan key'),
  rejected: reasonSchema.nullable().describe('why the plan cannot run'),
  misses: z.array(reasonSchema).describe('SLOs that it misses'),
  values,
  staticBatch: z
    .strictObject({ ttft_ms: z.number(), tpot_ms: z.number(), e2e_ms: z.number(), out_tok_s: z.number() })
    .nullable()
    .describe('one batch of this size on one replica that starts and ends at once'),
})
