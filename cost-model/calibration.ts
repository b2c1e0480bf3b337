import { z } from 'zod'
import { bandsSchema } from './bands/schema.ts'

// Fitted and measured constants, loaded from calibration/*.json: plain data that a scenario carries. Seconds, unless a name says us.

const text = z.string().min(1)
const provenance = { source: text, date: z.string().regex(/^\d{4}(-\d{2}){0,2}$/), notes: z.string().optional() }
/** Nothing real is so slow, or takes so long, as what these bounds refuse. */
const share = z.number().min(0.005).max(1)
const seconds = z.number().nonnegative().max(0.01)
const count = z.int().positive()

/** Kernel families that share an efficiency: op kinds, attention by what it attends to. */
const families = ['linear', 'attention', 'mla', 'indexer', 'scan', 'expert', 'pointwise', 'kv-update', 'route', 'sample'] as const
export type Family = (typeof families)[number]

const efficiencyRow = z.strictObject({
  /** Key of `bases`; `any`: estimates for what nobody measured. */
  basis: text,
  family: z.enum(families),
  phase: z.enum(['prefill', 'decode']).optional(),
  /** Format of weights or cache; absent: all. */
  format: text.optional(),
  /** Shares of the arithmetic peak and of the memory bandwidth; compute absent: the matmul ceiling. */
  compute: share.optional(),
  memory: share,
  floor: seconds,
  /** How far arithmetic and memory traffic overlap: 1 not at all, absent wholly (`smoothMax`). */
  exponent: z.number().min(1).max(20).optional(),
  /** Of products: elements of the depth that starting a tile costs, how much small tiles lose, and seconds per doubling of splits. */
  prologue: z.number().nonnegative().max(4096).optional(),
  edge: z.number().nonnegative().max(1000).optional(),
  split: seconds.optional(),
  /** Of attention: what small heads lose, and the share of its part of the peak that a multiprocessor reaches alone. */
  headSize: z.number().nonnegative().max(1000).optional(),
  longest: share.optional(),
  /** Query heads that a block pads to; seconds per doubling of a context of 256 tokens. */
  tile: count.optional(),
  perContextDoubling: seconds.optional(),
  /** Of experts: seconds per doubling of tokens, and of an expert in use; multiples of the bytes permuted; power of the busiest over the mean. */
  perDoubling: seconds.optional(),
  perExpert: seconds.optional(),
  permute: z.number().nonnegative().max(10).optional(),
  hot: share.optional(),
})
export type EfficiencyRow = z.infer<typeof efficiencyRow>

/** Also what a file of a user's own holds (`calibrate operators` writes one). */
export const efficiencySchema = z.strictObject({
  schemaVersion: z.literal(1),
  ...provenance,
  /** Whose constants a GPU uses: by id, else by generation; `transferred`: those of another generation. */
  bases: z.array(
    z.strictObject({
      basis: text,
      gpus: z.array(text).optional(),
      generations: z.array(text).optional(),
      transferred: z.boolean().optional(),
      /** Of a GPU of the generation that does not say how many it has. */
      multiprocessors: count.optional(),
    }),
  ),
  matmul: z.strictObject({
    ...provenance,
    ceilings: z.array(z.strictObject({ generation: text, math: text, share })),
    unknown: share,
  }),
  host: z.strictObject({ ...provenance, launch: seconds }),
  rows: z.array(efficiencyRow).min(1),
})

const link = z.enum(['scale-up', 'pcie', 'scale-out'])
export const collectiveKinds = ['all-reduce', 'all-gather', 'reduce-scatter', 'all-to-all'] as const
export type CollectiveKind = (typeof collectiveKinds)[number]

const collectivesSchema = z.strictObject({
  ...provenance,
  systems: z.array(z.strictObject({ system: text, gpus: z.array(text), link, bandwidth: z.number().positive() })),
  /** Whose tables stand in, scaled by bandwidth, for GPUs that have none. */
  bases: z.array(z.strictObject({ link, generation: text.optional(), system: text })),
  fallbackSource: text,
  fallback: z.array(z.strictObject({ link, base: seconds, hop: seconds, efficiency: share })),
  curves: z.array(
    z.strictObject({
      system: text,
      library: z.enum(['nccl', 'vllm', 'trtllm', 'sglang']),
      version: text,
      kind: z.enum(collectiveKinds),
      gpus: count,
      /** Powers of two, ascending. */
      bytes: z.array(count),
      us: z.array(z.number().positive()),
    }),
  ),
})
export type CollectiveTables = z.infer<typeof collectivesSchema>

const exchangeSchema = z.strictObject({
  ...provenance,
  measuredAt: z.strictObject({ hidden: count, topK: count, experts: count, dispatchBytes: z.number(), combineBytes: z.number() }),
  network: z.strictObject({
    ...provenance,
    lowLatency: z.strictObject({ dispatchBase: seconds, combineBase: seconds, scaleUpEfficiency: share, scaleOutEfficiency: share }),
    throughput: z.strictObject({ base: seconds, scaleUpEfficiency: share, scaleOutEfficiency: share }),
  }),
  tables: z.array(
    z.strictObject({
      system: text,
      mode: z.enum(['low-latency', 'throughput']),
      ranks: count,
      tokens: z.array(count),
      dispatchUs: z.array(z.number().positive()),
      combineUs: z.array(z.number().positive()),
    }),
  ),
})
export type ExchangeTables = z.infer<typeof exchangeSchema>

/** How tokens use experts: a property of a model and its traffic that a study may state. */
export const routingFields = {
  /** Popularity of the i-th most used expert: i^-exponent. 0: all alike. */
  exponent: z.number().min(0).max(4),
  /** Instead: tokens per expert follow a power law of this density exponent, as in AIConfigurator's tables of experts. */
  tokenCounts: z.number().gt(1).max(4).optional(),
  /** Part of what redundant experts gain that is lost because popularity moved since they were placed. 0: placed for this very traffic. */
  staleness: z.number().min(0).max(1),
}

const routingSchema = z.strictObject({ ...provenance, ...routingFields })
export type Routing = z.infer<typeof routingSchema>

/** How much longer than alone, as an operator benchmark times them, kernels take inside an engine. */
const scale = z.number().min(0.6).max(1.7)
export const scaleNames = ['linear', 'attention', 'expert', 'small', 'exchange', 'arithmetic'] as const

const engineScales = z.strictObject({
  /** Of engines, as their entries name it. */
  family: text,
  /** Products of weights; attention of all kinds; routed experts; everything else that computes; what crosses links. */
  linear: scale,
  attention: scale,
  expert: scale,
  small: scale,
  exchange: scale,
  /** On top of these, where a kernel waits for arithmetic: clocks fall under a load that lasts. */
  arithmetic: scale,
  /** By how much all kernels of single releases differ from that: shrunk to 1 as far as releases differ at all. */
  releases: z.record(text, scale).optional(),
})
export type EngineScales = Readonly<Record<(typeof scaleNames)[number], number>>

/** Errors of measured points that a fit held out, as shares; of ln(predicted / measured) mean and median. */
const heldOutErrors = z.strictObject({
  n: count,
  mape: z.number(),
  median: z.number(),
  meanLog: z.number(),
  medianLog: z.number(),
})

const enginesSchema = z.strictObject({
  ...provenance,
  scales: z.array(engineScales),
  /** How the fit predicted points, by what it left out of itself each time: in sample, nothing. */
  errors: z.array(
    z.strictObject({
      heldOut: text,
      order: share.optional(),
      tpot_ms: heldOutErrors.optional(),
      ttft_ms: heldOutErrors.optional(),
      out_tok_s_per_gpu: heldOutErrors.optional(),
    }),
  ),
})

export const calibrationSchema = z.strictObject({
  id: text,
  efficiency: efficiencySchema,
  collectives: collectivesSchema,
  exchange: exchangeSchema,
  routing: routingSchema,
  engines: enginesSchema,
  bands: bandsSchema,
})
export type Calibration = z.infer<typeof calibrationSchema>
