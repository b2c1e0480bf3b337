import type { Engine } from '../../spaces/engine.ts'
import { acceptanceAt, type Speculation } from '../../spaces/plan.ts'
import type { StepShape } from '../step.ts'
import type { Drawn } from './open/drawn.ts'

/** Seconds of one step: its way through all pipeline stages, and its slowest stage (equal where there is one stage). */
export interface StepSeconds {
  readonly latency: number
  readonly period: number
}

/** Times one step of one replica (of one microbatch, where stages work on several). Non-decreasing in every field of the shape. */
export type StepFunction = (shape: StepShape) => StepSeconds

/** What one replica serves in closed loop, and how its engine schedules it. Tokens, requests and seconds; means over requests. */
export interface Load {
  /** Requests in the system: each is replaced when it finishes. */
  readonly concurrency: number
  readonly isl: number
  /** Coefficient of variation of prompt tokens that are computed. */
  readonly islCv: number
  readonly osl: number
  readonly oslCv: number
  /** Share of prompt tokens found in the prefix cache. */
  readonly prefixHit: number
  /** Mean prompt of the requests that a look at the batch meets: E[P G] / E[G]; absent: `isl`, of which outputs know nothing. */
  readonly decodingIsl?: number
  /** Attention data-parallel ranks, each with a scheduler of its own. */
  readonly attentionDp: number
  readonly pp: number
  /** Token budget of a step of one attention-DP rank. */
  readonly chunk: number
  /** Most requests that run at once. */
  readonly seats: number
  /** Most requests whose KV fits at once, as the engine's admission counts it. */
  readonly kvSeats: number
  readonly scheduler: Pick<
    Engine['scheduler'],
    'policy' | 'mixedSteps' | 'chunkedPrefill' | 'admission' | 'reserveRatio' | 'asyncScheduling' | 'admissionHold' | 'receiveInterval'
  >
  readonly speculation: Speculation | undefined
  /** Host time of one request that no other request waits for. */
  readonly perRequest: number
  /** Requests of which percentiles are made; absent: log-normal lengths of these moments. */
  readonly drawn?: Drawn
}

/** Prompt tokens that are computed: what the prefix cache does not hold, at least one. */
export function computedPrompt(load: Load): number {
  return Math.max(1, load.isl * (1 - load.prefixHit))
}

/** Output tokens after the first: those that decode steps produce. */
export function decodedTokens(load: Pick<Load, 'osl'>): number {
  return Math.max(0, load.osl - 1)
}

/**
 * Tokens a sequence gains in one decode step: one, and each draft if all before it were accepted, 1 + a1 + a1 a2 + ...; where all are
 * accepted alike, (1 - a^(k+1)) / (1 - a).
 */
export function tokensPerStep(speculation: Speculation | undefined): number {
  if (speculation === undefined) return 1
  const { acceptance, depth } = speculation
  if (typeof acceptance === 'number') return acceptance >= 1 ? depth + 1 : (1 - acceptance ** (depth + 1)) / (1 - acceptance)
  let [gain, chance] = [1, 1]
  for (let i = 0; i < depth; i++) {
    chance *= acceptanceAt(speculation, i)
    gain += chance
  }
  return gain
}

/** Tokens a sequence puts through a decode step: the last one and its drafts. */
export function stepWidth(speculation: Speculation | undefined): number {
  return speculation === undefined ? 1 : speculation.depth + 1
}

/**
 * Mean KV tokens of a running sequence. Long outputs run longer, so a look at the batch meets more of them (inspection paradox):
 * E[P G] / E[G] + E[G^2] / (2 E[G]), the latter G (1 + cv^2) / 2.
 */
export function meanContext(load: Pick<Load, 'isl' | 'osl' | 'oslCv' | 'decodingIsl'>): number {
  return (load.decodingIsl ?? load.isl) + (load.osl * (1 + load.oslCv * load.oslCv)) / 2
}
