import { z } from 'zod'
import type { Length } from './length.ts'

/** What a benchmark prints of a latency over its requests. */
export const statistics = ['mean', 'median', 'p90', 'p95', 'p99'] as const
export type Statistic = (typeof statistics)[number]

/**
 * How a closed-loop benchmark runs a workload: a plan's batch is its `--max-concurrency` on each replica. Latencies and throughput are then
 * what it prints of its whole run, start and end included, not the steady state.
 */
export const benchmarkSchema = z.strictObject({
  /** Requests measured per slot: `--num-prompts` over `--max-concurrency` of the vLLM and InferenceX clients. */
  promptsPerSlot: z.number().min(1).max(1e4).default(10),
  /** Requests per slot that run before, in the same closed loop, and are not counted. Warm-ups that drain before the run count as none. */
  warmUp: z.number().min(0).max(1e4).default(0),
  statistic: z.enum(statistics).default('mean'),
  /** Lengths are uniform between this share of nominal and nominal, as InferenceX draws them for `--random-range-ratio`; absent: as they stand. */
  randomRange: z.number().gt(0).max(1).optional(),
  /** All slots send their first request at once (`--request-rate inf`); false: they start one by one over the life of a request. */
  burst: z.boolean().default(true),
})
export type Benchmark = z.infer<typeof benchmarkSchema>

/** What the client draws where a length is stated as one number. */
export function drawnLength(length: Length, randomRange: number | undefined): Length {
  if (randomRange === undefined || length.kind !== 'fixed') return length
  return { kind: 'uniform', from: Math.max(1, randomRange * length.tokens), to: length.tokens }
}
