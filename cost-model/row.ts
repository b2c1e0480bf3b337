import type { Pool } from '../spaces/fleet.ts'
import { at, bounds, type Fidelity, fidelities, type Pedigree, pedigrees, type Status, statuses, weaknesses } from './column.ts'
import { energyOf } from './energy.ts'
import type { MemoryTerms } from './memory/terms.ts'
import type { Memory } from './memory.ts'
import { costOf } from './price.ts'
import type { Serving } from './serve/colocated.ts'
import type { PairServing } from './serve/disaggregated/serve.ts'
import { decodedTokens, type Load } from './serve/load.ts'
import type { StepTime } from './step.ts'

/** Stores a value, in SI units, at the position of its column. */
export type Put = (position: number, value: number) => void

export function putStatus(put: Put, status: Status): void {
  put(at.status, statuses.indexOf(status))
}

export function putFidelity(put: Put, fidelity: Fidelity): void {
  put(at.fidelity, fidelities.indexOf(fidelity))
}

type MemoryColumns = Pick<Memory, 'terms' | 'headroom' | 'kvCapacityTokens' | 'largestBatch'>

export function putMemory(put: Put, { terms, headroom, kvCapacityTokens, largestBatch }: MemoryColumns): void {
  const { weights, kv, state, activations, graphs, nonTorch, communication, reserve } = terms
  put(at.memory_gib, used(terms))
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

function used({ weights, kv, state, activations, graphs, nonTorch, communication }: MemoryTerms): number {
  return weights + kv + state + activations + graphs + nonTorch + communication
}

/** Tokens per second of the whole fleet. */
export interface Rates {
  readonly prompt: number
  readonly output: number
}

export type Served = Pick<Serving, 'ttft' | 'tpot' | 'e2e' | 'requestsPerSecond' | 'running'> & Partial<Pick<Serving, 'weak'>>

/** Replicas serve side by side: they multiply rates and leave latencies alone. */
export function putServing(put: Put, serving: Served, load: Pick<Load, 'isl' | 'osl'>, replicas: number, gpus: number): Rates {
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
  if (serving.weak !== undefined) put(at.weak, weaknesses.indexOf(serving.weak))
  return rates
}

/** Prefill and decode workers: the larger use and the smaller rest of each kind of memory; how much fits is the decode workers' matter. */
export function putSides(put: Put, prefill: Memory, decode: Memory): void {
  const terms = Object.fromEntries(
    Object.entries(decode.terms).map(([name, bytes]) => [name, Math.max(bytes, prefill.terms[name as keyof MemoryTerms])]),
  ) as unknown as MemoryTerms
  putMemory(put, { ...decode, terms, headroom: Math.min(prefill.headroom, decode.headroom) })
  put(at.memory_gib, Math.max(used(prefill.terms), used(decode.terms)))
}

export function putPairParts(put: Put, { parts, wire }: PairServing): void {
  put(at.prefill_wait_ms, parts.wait)
  put(at.kv_transfer_ms, wire)
  put(at.admission_ms, parts.transfer + parts.admission)
}

export function putPhases(put: Put, prefill: StepTime, decode: StepTime, evidence: readonly Pedigree[]): void {
  put(at.prefill_bound, bounds.indexOf(prefill.bound))
  put(at.decode_bound, bounds.indexOf(decode.bound))
  put(at.prefill_comm_share, prefill.communication / prefill.latency)
  put(at.decode_comm_share, decode.communication / decode.latency)
  put(at.confidence, Math.max(...evidence.map((pedigree) => pedigrees.indexOf(pedigree))))
}

/** GPUs of a pool that a plan uses. */
export interface UsedGpus {
  readonly pool: Pick<Pool, 'price' | 'wattsPerGpu'>
  readonly gpus: number
}

/** Dollars and joules, where every pool that is used has a price and a known power. */
export function putMoney(put: Put, used: readonly UsedGpus[], { prompt, output }: Rates): void {
  const gpus = used.reduce((sum, part) => sum + part.gpus, 0)
  const mean = (of: (pool: UsedGpus['pool']) => number | undefined) => {
    const first = of(used[0]!.pool)
    if (used.every(({ pool }) => of(pool) === first)) return first
    return used.reduce((sum, part) => sum + (of(part.pool) ?? Number.NaN) * part.gpus, 0) / gpus
  }
  const price = mean((pool) => pool.price?.usdPerGpuHour)
  if (price !== undefined) {
    const cost = costOf(price, gpus, prompt, output)
    put(at.usd_per_h, cost.usdPerHour)
    put(at.usd_per_mtok_in, cost.usdPerPromptToken)
    put(at.usd_per_mtok_out, cost.usdPerOutputToken)
    put(at.usd_per_mtok, cost.usdPerToken)
  }
  const wattsPerGpu = mean((pool) => pool.wattsPerGpu)
  if (wattsPerGpu !== undefined) {
    const energy = energyOf(wattsPerGpu, gpus, output)
    put(at.fleet_w, energy.watts)
    put(at.j_per_tok, energy.joulesPerOutputToken)
  }
}
