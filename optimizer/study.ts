import { z } from 'zod'
import { routingFields } from '../cost-model/calibration.ts'
import { columns, fidelities } from '../cost-model/column.ts'
import { axesSchema } from '../spaces/axes.ts'
import { benchmarkSchema } from '../spaces/benchmark.ts'
import { poolSchema } from '../spaces/fleet.ts'
import { lengthSchema } from '../spaces/length.ts'
import { prefixHitSchema } from '../spaces/prefix-hit.ts'
import { quantity } from '../spaces/quantity.ts'
import { workerSchema } from '../spaces/worker-space.ts'
import { classesSchema } from '../spaces/workload.ts'
import { percentiles } from './limit.ts'
import { objectiveColumns } from './objective.ts'

/** Entries for this study alone, laid out as the catalogue's files; they win over it. Their own schemas check them. */
const entries = z.array(z.looseObject({ id: z.string().min(1) })).optional()

const tokens = z.union([z.number().min(1).max(1e7), lengthSchema])

const workload = z.union([
  z.string(),
  z.strictObject({
    /** Prompt tokens: a number, or a distribution. */
    isl: tokens,
    /** Output tokens. */
    osl: tokens,
    /** The i-th prompt and the i-th output of two empirical lengths belong to one request. */
    paired: z.boolean().optional(),
    /** Share of prompt tokens found in the prefix cache. */
    prefixHit: prefixHitSchema.optional(),
    /** What a closed-loop benchmark prints, its start and its end included, instead of the steady state. */
    benchmark: benchmarkSchema.optional(),
  }),
  /** Requests of several kinds, each with its share and an SLO of its own. */
  z.strictObject({ classes: classesSchema }),
  /** Lengths and prefix hits of the requests of a trace, as `replay --trace` reads them; relative to the study's file. Not their times. */
  z.strictObject({ trace: z.string().min(1) }),
])

const model = z.union([
  z.string(),
  /** A Hugging Face config.json, or a folder with one; relative to the study's file. */
  z.strictObject({ hfConfig: z.string().min(1) }),
  /** A whole model, as in the catalogue. */
  z.looseObject({ id: z.string().min(1), layerGroups: z.array(z.unknown()) }),
])

const engine = z.union([
  z.string(),
  /** Fields of an engine of the catalogue, changed. */
  z.looseObject({ base: z.string() }),
])

/** Bounds above what anybody asks for, that catch a forgotten unit: `tpot: 30` is 30 seconds, `ttft: 200` 200 seconds. */
const slo = z.strictObject({
  ttft: quantity('seconds', { most: 60 }).optional(),
  tpot: quantity('seconds', { most: 1 }).optional(),
  e2e: quantity('seconds', { most: 86_400 }).optional(),
  /** Of the requests that must keep each of these; absent: the mean must. */
  percentile: z.union(percentiles.map((p) => z.literal(p))).optional(),
})

const arrivals = z.strictObject({
  /** Requests per second at the whole fleet, whatever is still being served. */
  rate: quantity('perSecond', { most: 1e7 }),
  /** Coefficient of variation of the gamma-distributed times between them; 1: Poisson. */
  cv: z.number().min(0).max(20).default(1),
})

const bound = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs a min or a max')
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, 'has a min above its max')

const numeric = columns.filter((c) => !('labels' in c)).map((c) => c.name)
const limits = z.strictObject(Object.fromEntries(numeric.map((name) => [name, bound.optional()])))

/** What a person asks: which plans of this space nothing beats. Numbers without a unit are SI; columns are in their printed unit. */
export const studySchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters'),
  description: z.string().optional(),
  model,
  fleet: z.array(poolSchema).min(1),
  engine: engine.default('vllm'),
  workload,
  /** Open loop; absent: a closed loop, a plan's batch of requests on every replica, each replaced when it finishes. */
  arrivals: arrivals.optional(),
  /** How unevenly this model uses its experts on this traffic, instead of what the calibration assumes. */
  routing: z.strictObject(routingFields).partial().optional(),
  /** File of operator constants that win over the built-in ones (`calibrate operators` writes one), relative to the study's. */
  calibration: z.string().min(1).optional(),
  slo: slo.default({}),
  /** SLOs hold at the pessimistic end of the 80 % bands, not as predicted. */
  robust: z.boolean().optional(),
  axes: axesSchema.default({}),
  /** Replicas that do both phases, separate workers for prefill and decode, or both kinds of plan; absent: colocated. */
  serving: z.enum(['colocated', 'disaggregated', 'both']).optional(),
  /** Separate workers: their pools, their numbers, and axes that differ from the common ones. */
  prefill: workerSchema.optional(),
  decode: workerSchema.optional(),
  objectives: z
    .array(z.enum(objectiveColumns))
    .min(2)
    .max(4)
    .refine((names) => new Set(names).size === names.length, 'names a column twice')
    .default(['tpot_ms', 'out_tok_s_per_gpu']),
  limits: limits.default({}),
  /** Dollars per GPU-hour by GPU, instead of the catalogue's dated ones. */
  prices: z.record(z.string(), quantity('dollars', { most: 1e5 })).default({}),
  models: entries,
  gpus: entries,
  nodes: entries,
  engines: entries,
  workloads: entries,
  /** `replay`: the plans near the front are replayed step by step and judged anew; absent: closed, all stay as the closed form has them. */
  fidelity: z.enum(fidelities).optional(),
})

/** A study as checked: quantities in SI, defaults filled in. */
export type Study = z.output<typeof studySchema>

/** The same as a person writes it. */
export type StudyInput = z.input<typeof studySchema>
