import { computedPrompt, decodedTokens, type Load, meanContext } from './load.ts'

/** A request's lengths, the block its KV is kept in, and the rule by which it is admitted. */
type Admitted = Pick<Load, 'isl' | 'osl' | 'oslCv' | 'decodingIsl'> & {
  readonly blockTokens: number
  readonly scheduler: Pick<Load['scheduler'], 'admission' | 'reserveRatio'>
}

/**
 * Mean KV tokens that a running request keeps from others: what it holds now (only its prompt is checked at admission, then it grows),
 * its whole output from the start, or a share of the output still to come. Its last block is half full.
 */
export function heldTokens(request: Admitted): number {
  const now = meanContext(request) + (request.blockTokens - 1) / 2
  const toCome = meanContext(request) - (request.decodingIsl ?? request.isl)
  switch (request.scheduler.admission) {
    case 'reserve-prompt':
      return now
    case 'reserve-ratio':
      return now + (request.scheduler.reserveRatio ?? 0) * toCome
    case 'reserve-all':
      return now + toCome
  }
}

export interface Occupancy {
  /** Most requests that hold a seat and KV at once, given enough of them. */
  readonly limit: number
  readonly by: 'kv-bound' | 'seat-bound'
}

/** Requests that seats and KV let run at once: always one, since a plan whose KV cannot hold one is rejected before. */
export function occupancyLimit({ kvSeats, seats }: Load): Occupancy {
  return kvSeats < seats ? { limit: Math.max(1, kvSeats), by: 'kv-bound' } : { limit: Math.max(1, seats), by: 'seat-bound' }
}

/** Output that a preempted request had made: preemption takes the youngest. Stepwise simulation, isl/osl 8 to 1/6, 8 to 96 running: 0.1 to 0.2. */
const madeWhenPreempted = 1 / 7

/** Steps in which a request is prefilled again because it was preempted, and the prompt tokens of each. */
export interface Preemption {
  readonly steps: number
  readonly tokens: number
}

/**
 * Where only prompts are reserved and requests wait, each finished request makes room for prompts at once; the growth of the others (one
 * output per finished request) then evicts the youngest: G / (P + G / 7) times per request, within 20 % of the simulation. Blocks that
 * survive in a prefix cache are not counted.
 */
export function preemption(load: Load, occupancy: Occupancy): Preemption | undefined {
  const waits = occupancy.by === 'kv-bound' && load.concurrency > occupancy.limit
  if (!waits || load.scheduler.admission !== 'reserve-prompt' || decodedTokens(load) === 0) return undefined
  const made = load.osl * madeWhenPreempted
  const again = computedPrompt(load) + made
  const tokens = Math.min(load.chunk, again)
  return { steps: ((load.osl / (load.isl + made)) * again) / tokens, tokens }
}
