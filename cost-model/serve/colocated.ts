import { decodeInterval, pipelinedPrefill } from '../pipeline.ts'
import { decodedTokens, type Load, type StepFunction, type StepSeconds } from './load.ts'
import { occupancyLimit, preemption } from './occupancy.ts'
import { noPrompts, shapeOf } from './shape.ts'
import { type Prompts, shareSteps } from './share.ts'

/** What limits throughput: decode itself, the prompt tokens a step may carry, KV, or seats. */
export type Regime = 'decode' | 'prefill-bound' | 'kv-bound' | 'seat-bound'

/**
 * Seconds of one request. TTFT = host of the request + queue + handover + prefill; TPOT = (steps + disturbance + preemption) / decoded
 * tokens.
 */
export interface ServingParts {
  /** Steps that end between its admission and its first own one. */
  readonly handover: number
  readonly prefill: number
  /**
   * Decode steps without prompts, what those of others add to them (below 0 where a prompt is shorter than the drafts it displaces), and
   * what prefilling preempted requests again adds.
   */
  readonly steps: number
  readonly disturbance: number
  readonly preemption: number
}

/** Steady state of one replica: seconds, and requests per second. Means over requests, without the burst a measured experiment starts with. */
export interface Serving {
  /** Arrival to first token: `queue` for a seat, then prefill beside the others. */
  readonly ttft: number
  /** Seconds per output token after the first; 0 where there is none. */
  readonly tpot: number
  /** TTFT + (output tokens - 1) x TPOT. */
  readonly e2e: number
  readonly requestsPerSecond: number
  /** Requests that hold a seat and KV, and that wait for them. */
  readonly running: number
  readonly waiting: number
  /** The part of the TTFT that is a wait for a seat. */
  readonly queue: number
  readonly parts: ServingParts
  readonly regime: Regime
  /** Share of the prompt budget in use; where prefill stalls decodes, share of time that it does. */
  readonly utilisation: number
  /** Close to where the limit changes (prompts begin to queue, KV to run out), or preempting often: the closed form is least sure there. */
  readonly weak: boolean
}

/**
 * Continuous batching in closed loop: `concurrency` requests, each replaced when it finishes. A request goes through prefill steps, then
 * decode steps of which some carry others' prompts; Little's law turns the sum into a rate, so that
 * requests/s x (TTFT + (output - 1) x TPOT) = concurrency.
 * A stepwise simulation gives the same throughput and TPOT to 0.3 % in the median and TTFT to 1 to 4 %; near the knee TTFT is off by up to 40 %.
 * Three step times: pure decode, a step of its own prefill, a step with others' prompts; one more each where requests are preempted and
 * where a pipeline takes a prompt in uneven steps.
 */
export function serveColocated(load: Load, step: StepFunction): Serving {
  const occupancy = occupancyLimit(load)
  const n = Math.max(1, Math.min(load.concurrency, occupancy.limit))
  const microbatches = Math.max(1, Math.min(load.pp, n / load.attentionDp))
  const share = shareSteps(load, n, microbatches)
  const timeOf = (prompts: Prompts) => step(shapeOf(load, prompts, share.beside / microbatches))
  const turn = (time: StepSeconds) => decodeInterval(time, microbatches) / microbatches
  const slot = turn(step(shapeOf(load, noPrompts, n / microbatches)))
  const own = timeOf(share.own)
  const uneven = load.pp > 1 && share.widest.tokens > share.own.tokens
  const prefill = pipelinedPrefill(own, share.prefill, uneven ? timeOf(share.widest) : own)
  // What a step with others' prompts adds to a decode: all of it, or what it takes longer than one without.
  const delay = (time: StepSeconds) => (share.stalls ? time.period : turn(time) - slot)
  const disturbed = share.disturbed > 0 ? share.disturbed * delay(timeOf(share.other)) : 0
  const again = preemption(load, occupancy)
  const recomputed = again === undefined ? 0 : again.steps * Math.max(0, delay(timeOf({ tokens: again.tokens, sequences: 1, ranks: 1 })))
  const decode = share.decode * slot + disturbed + n * recomputed
  // The step after the one that finished a request was formed before anybody knew.
  const late = load.scheduler.asyncScheduling ? Math.min(1, n - 1) : 0
  const handover = (late + share.held) * slot * microbatches
  const service = handover + prefill + decode
  const queue = Math.max(0, (load.concurrency / n - 1) * service - load.perRequest)
  const tokens = decodedTokens(load)
  const ttft = load.perRequest + queue + handover + prefill
  const tpot = tokens > 0 ? decode / tokens : 0
  const e2e = ttft + tokens * tpot
  const requestsPerSecond = load.concurrency / e2e
  const crowd = load.concurrency / occupancy.limit
  const demand = share.stalls ? disturbed / (share.decode * slot) : share.demand
  return {
    ttft,
    tpot,
    e2e,
    requestsPerSecond,
    running: requestsPerSecond * service,
    waiting: requestsPerSecond * queue,
    queue,
    parts: { handover, prefill, steps: share.decode * slot, disturbance: disturbed, preemption: n * recomputed },
    regime: demand > 1 ? 'prefill-bound' : crowd > 1 ? occupancy.by : 'decode',
    utilisation: share.stalls ? disturbed / decode : share.utilisation,
    weak: (!share.stalls && nearOne(demand)) || (occupancy.by === 'kv-bound' && (nearOne(crowd) || preempts(load, crowd))),
  }
}

function nearOne(ratio: number): boolean {
  return ratio > 0.8 && ratio < 1.25
}

function preempts(load: Load, crowd: number): boolean {
  return crowd > 1 && load.scheduler.admission === 'reserve-prompt' && load.osl > load.isl / 2
}
