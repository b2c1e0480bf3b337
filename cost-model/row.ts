import type { Pool } from '../spaces/fleet.ts'
import { at, bounds, type Pedigree, pedigrees, type Status, statuses } from './column.ts'
import { energyOf } from './energy.ts'
import type { Memory } from './memory.ts'
import { costOf } from './price.ts'
import type { Serving } from './serve/colocated.ts'
import { decodedTokens, type Load } from './serve/load.ts'
import type { StepTime } from './step.ts'

/** Stores a value, in SI units, at the position of its column. */
export type Put = (position: number, value: number) => void

export function putStatus(put: Put, status: Status): void {
  put(at.status, statuses.indexOf(status))
}

export function putMemory(put: Put, { terms, headroom, kvCapacityTokens, largestBatch }: Memory): void {
  const { weights, kv, state, activations, graphs, nonTorch, communication, reserve } = terms
  put(at.memory_gib, weights + kv + state + activations + graphs + nonTorch + communication)
  put(at.weights_gib, weights)
  put(at.kv_gib, kv)
  put(at.state_gib, state)
  put(at.activations_gib, activations)
  put(at.graphs_gib, graphs)
  put(at.non_torch_gib, nonTorch)
  put(at.comm_gib, communication)
  put(at.reserve_gib, reserve)
  put(at.headroom_gib, headroom)
  put(at.kv_capacity_tokens, kvCapacityTokens)
  put(at.max_batch, largestBatch)
}

/** Tokens per second of the whole fleet. */
export interface Rates {
  readonly prompt: number
  readonly output: number
}

type Served = Pick<Serving, 'ttft' | 'tpot' | 'e2e' | 'requestsPerSecond' | 'running'>

/** Replicas serve side by side: they multiply rates and leave latencies alone. */
export function putServing(put: Put, serving: Served, load: Load, replicas: number, gpus: number): Rates {
  const { ttft, tpot, e2e, requestsPerSecond, running } = serving
  const requests = replicas * requestsPerSecond
  const rates = { prompt: requests * load.isl, output: requests * load.osl }
  put(at.ttft_ms, ttft)
  put(at.e2e_ms, e2e)
  if (decodedTokens(load) > 0) {
    put(at.tpot_ms, tpot)
    put(at.tok_s_per_user, 1 / tpot)
  }
  put(at.out_tok_s_per_gpu, rates.output / gpus)
  put(at.out_tok_s, rates.output)
  put(at.total_tok_s, rates.prompt + rates.output)
  put(at.req_s, requests)
  put(at.concurrency, requests * e2e)
  put(at.running, running)
  return rates
}

export function putPhases(put: Put, prefill: StepTime, decode: StepTime, pedigree: Pedigree): void {
  put(at.prefill_bound, bounds.indexOf(prefill.bound))
  put(at.decode_bound, bounds.indexOf(decode.bound))
  put(at.prefill_comm_share, prefill.communication / prefill.latency)
  put(at.decode_comm_share, decode.communication / decode.latency)
  put(at.confidence, pedigrees.indexOf(pedigree))
}

/** Dollars and joules, where the fleet has a price and a known power. */
export function putMoney(put: Put, { price, wattsPerGpu }: Pool, gpus: number, { prompt, output }: Rates): void {
  if (price !== undefined) {
    const cost = costOf(price.usdPerGpuHour, gpus, prompt, output)
    put(at.usd_per_h, cost.usdPerHour)
    put(at.usd_per_mtok_in, cost.usdPerPromptToken)
    put(at.usd_per_mtok_out, cost.usdPerOutputToken)
    put(at.usd_per_mtok, cost.usdPerToken)
  }
  if (wattsPerGpu !== undefined) {
    const energy = energyOf(wattsPerGpu, gpus, output)
    put(at.fleet_w, energy.watts)
    put(at.j_per_tok, energy.joulesPerOutputToken)
  }
}
