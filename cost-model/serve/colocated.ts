import type { Weakness } from '../column.ts'
import { decodeInterval } from '../pipeline.ts'
import { decodedTokens, type Load, type StepFunction } from './load.ts'
import { type Occupancy, occupancyLimit, preemption } from './occupancy.ts'
import { delayOf, disturbanceOf, paceElsewhere, prefillInterval } from './rounds.ts'
import { noPrompts, shapeOf } from './shape.ts'
import { type Prompts, type Share, shareSteps } from './share.ts'

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
  readonly weak: Weakness | undefined
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
  const lanes = Math.max(1, Math.min(load.pp, n / load.attentionDp))
  const share = shareSteps(load, n, lanes)
  const timeOf = (prompts: Prompts) => step(shapeOf(load, prompts, share.beside))
  const plain = step(shapeOf(load, noPrompts, share.plain))
  const slot = decodeInterval(plain, lanes) / lanes
  const own = timeOf(share.own)
  const uneven = load.pp > 1 && share.widest.tokens > share.own.tokens
  const between = prefillInterval(own, slot, lanes, share)
  const widest = uneven ? timeOf(share.widest) : own
  const prefill = widest.latency - widest.period + own.period + (share.prefill - 1) * between.mean
  const elsewhere = share.elsewhere * paceElsewhere(share, between.pace)
  const others = share.disturbed + elsewhere > 0 ? timeOf(share.other) : undefined
  const disturbed = others === undefined ? 0 : disturbanceOf(others, elsewhere, slot, lanes, share)
  const other = disturbed / (share.disturbed + elsewhere || 1)
  const again = preemption(load, occupancy)
  const recomputed =
    again === undefined
      ? 0
      : again.steps * Math.max(0, delayOf(timeOf({ tokens: again.tokens, sequences: 1, ranks: 1 }), slot, lanes, share))
  const steps = share.decode * lanes * slot
  const decode = steps + disturbed + n * recomputed
  const handover = handoverOf(load, share, lanes * slot, lanes * other)
  const service = handover + prefill + decode
  const queue = Math.max(0, (load.concurrency / n - 1) * service - load.perRequest)
  const tokens = decodedTokens(load)
  const ttft = load.perRequest + queue + handover + prefill
  const tpot = tokens > 0 ? decode / tokens : 0
  const e2e = ttft + tokens * tpot
  const requestsPerSecond = load.concurrency / e2e
  const crowd = load.concurrency / occupancy.limit
  const demand = share.stalls ? disturbed / steps : share.demand
  return {
    ttft,
    tpot,
    e2e,
    requestsPerSecond,
    running: requestsPerSecond * service,
    waiting: requestsPerSecond * queue,
    queue,
    parts: { handover, prefill, steps, disturbance: disturbed, preemption: n * recomputed },
    regime: demand > 1 ? 'prefill-bound' : crowd > 1 ? occupancy.by : 'decode',
    utilisation: share.stalls ? disturbed / decode : share.utilisation,
    weak: weaknessOf(load, share, occupancy),
  }
}

/**
 * From when the host has a request until its first own step: what is left of the step under way, then those that were formed too early. Requests
 * come as steps end, and the host's work on them puts them off: the longer it takes, the more it is a random time, which long steps are likelier
 * to hold. `more`: what prompts add to a step, or where they stall decodes, a step of theirs.
 */
function handoverOf(load: Load, { stalls, busy, late, missed, held, inCompany }: Share, round: number, more: number): number {
  if (inCompany === 0) return held * round
  // Steps of either kind per round, and how likely the one after a round's end has prompts.
  const short = stalls ? 1 : 1 - busy
  const long = busy
  const after = stalls && late > 0 ? 1 - missed / late : busy
  const withPrompts = stalls ? more : round + more
  const next = (1 - after) * round + after * withPrompts
  const any = short * round + long * withPrompts
  const random = load.perRequest > 0 ? Math.min(1, load.perRequest / next) : 0
  const rest = (short * round * round + long * withPrompts * withPrompts) / (2 * any)
  const left = load.perRequest > 0 ? (1 - random) * (next - load.perRequest) + random * rest : 0
  return left * inCompany + late * ((1 - random) * next + (random * any) / (short + long)) + held * round
}

function nearOne(ratio: number): boolean {
  return ratio > 0.8 && ratio < 1.25
}

function weaknessOf(load: Load, { stalls, demand }: Share, { limit, by }: Occupancy): Weakness | undefined {
  const crowd = load.concurrency / limit
  if (by === 'kv-bound' && crowd > 1 && load.scheduler.admission === 'reserve-prompt' && load.osl > load.isl / 2) return 'preempting'
  if (by === 'kv-bound' && nearOne(crowd)) return 'kv'
  return !stalls && nearOne(demand) ? 'knee' : undefined
}
