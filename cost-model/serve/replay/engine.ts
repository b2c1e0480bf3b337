import type { Engine } from '../../../spaces/engine.ts'
import type { Speculation } from '../../../spaces/plan.ts'

/** How an engine schedules, as numbers of one replica: what a replay obeys. Tokens, blocks and seconds. */
export interface ReplayEngine {
  readonly scheduler: Pick<
    Engine['scheduler'],
    'mixedSteps' | 'chunkedPrefill' | 'admission' | 'reserveRatio' | 'reserveDecay' | 'asyncScheduling' | 'admissionHold'
  >
  /** Token budget of a step of one rank. */
  readonly budget: number
  /** Most requests that one rank runs at once. */
  readonly seats: number
  readonly blockTokens: number
  /** KV blocks of one rank, measured (vLLM's num_gpu_blocks) or predicted; Infinity: KV never runs out. */
  readonly blocks: number
  /** A preempted request finds again what is left of its KV (prefix caching is on). */
  readonly prefixRecovery: boolean
  /** Drafts of every decoding request that a step verifies, for which it keeps KV free; absent: none. */
  readonly speculation?: Speculation | undefined
  /** Attention-DP ranks, each with a scheduler of its own, that step together. */
  readonly attentionDp: number
  /** Pipeline stages: as many groups of requests take turns, each with its share of seats and KV. */
  readonly pp: number
  /** Host time of one request before a scheduler sees it. */
  readonly perRequest: number
}

/** Blocks of one scheduler: the stages' groups share a rank's. */
export function blocksEach({ blocks, pp }: Pick<ReplayEngine, 'blocks' | 'pp'>): number {
  return Math.floor(blocks / pp)
}

/** Most KV blocks that a request can come to need: its last token is not stored, but a whole request is reserved with it. */
export function blocksOfRequest(
  { blockTokens, scheduler }: Pick<ReplayEngine, 'blockTokens' | 'scheduler'>,
  isl: number,
  osl: number,
): number {
  return Math.ceil((isl + osl - (scheduler.admission === 'reserve-all' ? 0 : 1)) / blockTokens)
}
