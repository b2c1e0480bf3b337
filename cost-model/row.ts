import type { Pool } from '../spaces/fleet.ts'
import { bounds, type ColumnName, type Pedigree, pedigrees, type Status, statuses } from './column.ts'
import { energyOf } from './energy.ts'
import type { Memory } from './memory.ts'
import { costOf } from './price.ts'
import type { Serving } from './serve/colocated.ts'
import { decodedTokens, type Load } from './serve/load.ts'
import type { StepTime } from './step.ts'

/** Stores a value, in SI units, under the name of its column. */
export type Put = (name: ColumnName, value: number) => void

export function putStatus(put: Put, status: Status): void {
  put('status', statuses.indexOf(status))
}

export function putMemory(put: Put, { terms, headroom, kvCapacityTokens, largestBatch }: Memory): void {
  const { weights, kv, state, activations, graphs, nonTorch, communication, reserve } = terms
  put('memory_gib', weights + kv + state + activations + graphs + nonTorch + communication)
  put('weights_gib', weights)
  put('kv_gib', kv)
  put('state_gib', state)
  put('activations_gib', activations)
  put('graphs_gib', graphs)
  put('non_torch_gib', nonTorch)
  put('comm_gib', communication)
  put('reserve_gib', reserve)
  put('headroom_gib', headroom)
  put('kv_capacity_tokens', kvCapacityTokens)
  put('max_batch', largestBatch)
}

/** Tokens per second of the whole fleet. */
export interface Rates {
  readonly prompt: number
  readonly output: number
}

/** Replicas serve side by side: they multiply rates and leave latencies alone. */
export function putServing(put: Put, serving: Serving, load: Load, replicas: number, gpus: number): Rates {
  const { ttft, tpot, e2e, requestsPerSecond, running } = serving
  const requests = replicas * requestsPerSecond
  const rates = { prompt: requests * load.isl, output: requests * load.osl }
  put('ttft_ms', ttft)
  put('e2e_ms', e2e)
  if (decodedTokens(load) > 0) {
    put('tpot_ms', tpot)
    put('tok_s_per_user', 1 / tpot)
  }
  put('out_tok_s_per_gpu', rates.output / gpus)
  put('out_tok_s', rates.output)
  put('total_tok_s', rates.prompt + rates.output)
  put('req_s', requests)
  put('concurrency', requests * e2e)
  put('running', running)
  return rates
}

export function putPhases(put: Put, prefill: StepTime, decode: StepTime, pedigree: Pedigree): void {
  put('prefill_bound', bounds.indexOf(prefill.bound))
  put('decode_bound', bounds.indexOf(decode.bound))
  put('prefill_comm_share', prefill.communication / prefill.latency)
  put('decode_comm_share', decode.communication / decode.latency)
  put('confidence', pedigrees.indexOf(pedigree))
}

/** Dollars and joules, where the fleet has a price and a known power. */
export function putMoney(put: Put, { price, wattsPerGpu }: Pool, gpus: number, { prompt, output }: Rates): void {
  if (price !== undefined) {
    const cost = costOf(price.usdPerGpuHour, gpus, prompt, output)
    put('usd_per_h', cost.usdPerHour)
    put('usd_per_mtok_in', cost.usdPerPromptToken)
    put('usd_per_mtok_out', cost.usdPerOutputToken)
    put('usd_per_mtok', cost.usdPerToken)
  }
  if (wattsPerGpu !== undefined) {
    const energy = energyOf(wattsPerGpu, gpus, output)
    put('fleet_w', energy.watts)
    put('j_per_tok', energy.joulesPerOutputToken)
  }
}
