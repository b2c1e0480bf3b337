import type { DisaggregatedPlan } from '../spaces/plan.ts'
import { linkBetween, type PoolLink } from '../spaces/pool-link.ts'
import type { Reason } from '../spaces/reason.ts'
import { at, capacityLimits } from './column.ts'
import { transferOf } from './kv-transfer.ts'
import { putLatencies } from './latency.ts'
import { pairReason } from './pair-reason.ts'
import { type Put, putFidelity, putMoney, putPairParts, putPhases, putServing, putSides, putStatus } from './row.ts'
import type { Scenario } from './scenario.ts'
import { pairLatencies } from './serve/disaggregated/latencies.ts'
import { pairOpen } from './serve/disaggregated/open.ts'
import { mostRunning, type Pair, type PairServing, pairRunning } from './serve/disaggregated/serve.ts'
import type { Transfer } from './serve/disaggregated/transfer.ts'
import { decodedTokens } from './serve/load.ts'
import type { DecodeSide, PrefillSide, Sides } from './worker-side.ts'

/** Both sides of a legal pair, and what joins them. */
export interface PreparedPair {
  readonly prefill: PrefillSide
  readonly decode: DecodeSide
  readonly pair: Pair
  readonly gpus: number
}

/** Prepares pairs of a scenario. Plans that follow each other with the same workers share what does not depend on their numbers. */
export function preparingPairs(scenario: Scenario, sides: Sides): (plan: DisaggregatedPlan) => PreparedPair {
  const transfers = lastTransfer(scenario)
  return ({ prefill: prefillPlan, decode: decodePlan, prefillWorkers, decodeWorkers }) => {
    const [prefill, decode] = [sides.prefill(prefillPlan), sides.decode(decodePlan)]
    const gpus = prefillWorkers * prefill.gpus + decodeWorkers * decode.gpus
    return {
      prefill,
      decode,
      gpus,
      pair: pairOf(scenario, prefill, decode, { prefillWorkers, decodeWorkers }, transfers(prefill, decode, gpus)),
    }
  }
}

function pairOf(
  { engine }: Scenario,
  prefill: PrefillSide,
  decode: DecodeSide,
  workers: Pick<Pair, 'prefillWorkers' | 'decodeWorkers'>,
  transfer: Transfer,
): Pair {
  return {
    prefill: prefill.worker,
    decode: decode.worker,
    transfer,
    ...workers,
    firstToken: engine.disaggregation!.firstToken,
    tokens: decodedTokens(decode.load),
  }
}

/** The transfer between two workers over the link that so many GPUs in all take; the last one is remembered. */
function lastTransfer({ model, engine }: Scenario): (prefill: PrefillSide, decode: DecodeSide, gpus: number) => Transfer {
  let last: { readonly prefill: PrefillSide; readonly decode: DecodeSide; readonly link: PoolLink; readonly transfer: Transfer } | undefined
  return (prefill, decode, gpus) => {
    const connector = engine.disaggregation
    const link = linkBetween(prefill.pool, decode.pool, gpus)
    if (connector === undefined || link === undefined) throw new Error('a pair whose rules were not asked')
    const same = last !== undefined && last.prefill === prefill && last.decode === decode && last.link.bandwidth === link.bandwidth
    if (last === undefined || !same) {
      const plans = { prefill: prefill.plan, decode: decode.plan }
      last = { prefill, decode, link, transfer: transferOf(model, connector, prefill.load.isl, plans, prefill.worker.chunks, link) }
    }
    return last.transfer
  }
}

/**
 * Writes the columns of a pair; a reason where it cannot run, memory alone then. In a closed loop `batch` requests decode on each decode worker, and
 * as many more are in the system as their rate keeps in the other stages; under arrivals it is the most that decode at once.
 */
export function putPair(put: Put, scenario: Scenario, { prefill, decode, pair, gpus }: PreparedPair): Reason | null {
  putSides(put, prefill.memory, decode.memory)
  const unfit = prefill.reason ?? decode.reason
  if (unfit !== null) {
    putStatus(put, 'out-of-memory')
    return unfit
  }
  const { arrivals } = scenario
  const refused = pairReason(pair, arrivals === undefined)
  if (refused !== null) return refused
  if (arrivals === undefined) return putServed(put, scenario, { prefill, decode, pair, gpus }, pairRunning(pair, pair.decode.batch))
  const open = pairOpen(pair, arrivals)
  if (open.kind === 'steady') return putServed(put, scenario, { prefill, decode, pair, gpus }, open.served)
  put(at.capacity_bound, capacityLimits.indexOf(open.by))
  const running = mostRunning(pair.decode)
  const none = { ttft: Number.NaN, tpot: Number.NaN, e2e: Number.NaN, running, requestsPerSecond: open.rate }
  putStatus(put, 'ok')
  putRest(put, { prefill, decode, pair, gpus }, none)
  return null
}

function putServed(put: Put, { asked }: Scenario, prepared: PreparedPair, served: PairServing): Reason | null {
  const refused = pairReason(prepared.pair, false, served)
  if (refused !== null) return refused
  putStatus(put, 'ok')
  putPairParts(put, served)
  putRest(put, prepared, served)
  if (asked === undefined) return null
  const { prefill, decode, pair } = prepared
  putLatencies(put, pairLatencies(pair, served, prefill.load, decode.load), decode.load, asked.slo, served.requestsPerSecond)
  return null
}

function putRest(put: Put, { prefill, decode, gpus, pair }: PreparedPair, served: Parameters<typeof putServing>[1]): void {
  const rates = putServing(put, served, decode.load, 1, gpus)
  putPhases(put, prefill.stepOf(0), decode.stepOf(Math.max(1, served.running)), [prefill.pedigree, decode.pedigree])
  const parts = [prefill, decode].map(({ pool, gpus }, i) => ({ pool, gpus: gpus * (i === 0 ? pair.prefillWorkers : pair.decodeWorkers) }))
  putMoney(put, parts, rates)
  putFidelity(put, 'closed')
}
