import { z } from 'zod'
import { bounds, pedigrees } from '../cost-model/column.ts'
import { reasonSchema, resultVersion } from './result-schema.ts'
import { studySchema } from './study.ts'

const count = z.int().nonnegative()
const seconds = z.number().nonnegative()
const amount = z.number().nonnegative()
const text = z.string()
const pedigree = z.enum(pedigrees).describe('weakest evidence')

const op = z.strictObject({
  name: text,
  kind: text,
  lane: z.enum(['compute', 'network']),
  after: z.array(z.strictObject({ op: text, why: z.enum(['data', 'pipeline', 'sync']) })).readonly(),
  rows: amount.describe('tokens that one rank processes'),
  seconds: seconds.describe('of one run'),
  start: seconds,
  end: seconds,
  second: z.strictObject({ start: z.number(), end: z.number() }).optional().describe('the second batch, where two overlap'),
  critical: z.boolean(),
  share: amount.describe("of the phase's seconds, all repeats in all stages"),
  bound: z.enum(bounds),
  floor: seconds.describe('of an empty kernel'),
  compute: seconds,
  memory: seconds,
  flops: amount.describe('FLOP on one rank'),
  read: amount.describe('bytes of HBM on one rank'),
  write: amount.describe('bytes of HBM on one rank'),
  sent: amount.describe('bytes to peers from one rank'),
  efficiency: z
    .strictObject({ compute: amount, memory: amount, math: text })
    .optional()
    .describe('shares of the dense peak of `math` and of the memory bandwidth that the kernels reach'),
  exchange: z.strictObject({ axis: text, size: count, stride: count, link: text }).optional(),
  pedigree,
  basis: text.describe('what the time is from'),
  in: text.describe('how the input lies on the ranks of the stage'),
  out: text,
})

const segment = z.strictObject({
  name: text,
  title: text,
  repeat: count,
  seconds: seconds.describe('of one run'),
  hostWait: seconds.describe('part of them that waits for the host to launch kernels'),
  ops: z.array(op).readonly(),
})

const phase = z.strictObject({
  phase: z.enum(['prefill', 'decode']),
  tokens: amount,
  sequences: amount,
  context: amount.describe('tokens of each sequence already in the cache'),
  seconds: seconds.describe('on the GPUs, through all stages'),
  host: seconds.describe('beside them'),
  period: seconds.describe('of the slowest stage'),
  stages: z.array(z.strictObject({ stage: count, seconds, segments: z.array(segment).readonly() })).readonly(),
  pedigree,
})

const terms = z.strictObject({
  weights: amount,
  kv: amount,
  state: amount,
  activations: amount,
  graphs: amount,
  nonTorch: amount,
  communication: amount,
  reserve: amount,
})

const memory = z.strictObject({
  stages: z.array(z.strictObject({ stage: count, layers: count, terms: terms.describe('bytes per GPU') })).readonly(),
  fullest: count,
  capacity: amount,
  capacityBasis: text,
  headroom: z.number(),
  kvCapacityTokens: amount.nullable().describe('null: no token takes memory'),
  largestBatch: amount.nullable(),
  binds: terms.keyof(),
  verdict: text.nullable(),
})

const parts = z.array(z.strictObject({ name: text, seconds: z.number() })).readonly()

/** What `explain --json` prints. SI units. */
export const explainSchema = z.strictObject({
  schemaVersion: z.literal(resultVersion),
  tool: z.strictObject({ name: z.literal('fleetfront'), version: text }),
  study: studySchema.describe('as written, defaults filled in; quantities in SI units'),
  studyHash: text,
  catalogHash: text,
  plan: text.describe('plan key'),
  index: count.nullable().describe("number of the plan in the study's space; null: not in it"),
  rejected: reasonSchema.nullable().describe('why the plan cannot run: phases, request and whatHelps are then empty'),
  misses: z.array(reasonSchema).describe('SLOs and limits that it misses'),
  phases: z.array(phase).readonly(),
  memory: memory.nullable().describe('null: the plan breaks a rule'),
  request: z
    .strictObject({
      load: z.enum(['closed', 'benchmark', 'arrivals']).describe('what comes to a replica'),
      requestsPerSecond: amount.nullable().describe('that arrive at one replica; null: they come as others finish'),
      concurrency: amount.nullable().describe('requests in the system of one replica; null, as are latencies: more arrive than it serves'),
      ttft: seconds.nullable(),
      tpot: seconds.nullable(),
      e2e: seconds.nullable(),
      outputPerSecondPerGpu: amount,
      regime: text,
      ttftParts: parts,
      tpotParts: parts,
    })
    .nullable(),
  whatHelps: z
    .array(
      z.strictObject({
        name: text,
        changes: z.strictObject({ ttft_ms: z.number(), tpot_ms: z.number(), out_tok_s_per_gpu: z.number() }).partial(),
      }),
    )
    .readonly()
    .describe('relative changes with ten percent more of each, or less overhead'),
})
export type ExplainOutput = z.output<typeof explainSchema>
