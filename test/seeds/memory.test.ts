import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../cost-model/memory.ts'
import { countParameters } from '../../spaces/parameters.ts'
import { allTp, bare, type Case, catalog, GiB, makeCase } from '../cost-model/memory/cases.ts'
import { estimate, key, values } from './plans.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)

// vLLM start-up log of seed 002: Qwen3-8B-FP8 on 23.53 GiB at utilization 0.8, 1,024 tokens.
const logged = { engine: 'vllm-0.10', bytes: 23.53 * GiB, precision: { weights: 'fp8-block' }, memory: { utilization: 0.8 } } as const
const log = run(makeCase(logged))

describe('memory (seeds 000, 002 and 004)', () => {
  it('R-MEM-1: adds up weights, KV, activations, graphs, non-torch, communication and reserve, and names the term that does not fit', () => {
    const plan = key('h100-sxm', { tp: 8 }, 'fp8', 8)
    const v = values({ model: 'llama-3.3-70b-instruct', fleet: [{ gpu: 'h100-sxm', gpus: 8 }], workload: { isl: 1000, osl: 1000 } }, plan)
    const terms = [v.weights_gib, v.kv_gib, v.state_gib, v.activations_gib, v.graphs_gib, v.non_torch_gib, v.comm_gib]
    expect(terms.reduce((a, b) => a + b)).toBeCloseTo(v.memory_gib, 0)
    expect([v.graphs_gib > 0, v.non_torch_gib > 0, v.comm_gib > 0, v.reserve_gib > 0]).toEqual([true, true, true, true])
    const one = { model: 'llama-3.3-70b-instruct', fleet: [{ gpu: 'h100-sxm', gpus: 1 }], workload: { isl: 1000, osl: 1000 } }
    expect(estimate(one, key('h100-sxm', {}, 'bf16', 1)).rejected?.code).toBe('memory-weights')
  })

  it('R-MEM-2: leaves 8.60 GiB for KV of 18.82 requested where 10.22 are used', () => {
    const { weights, activations, nonTorch } = log.terms
    expect((0.8 * log.capacity.bytes) / GiB).toBeCloseTo(18.824, 3)
    expect(Math.abs((weights + activations + nonTorch) / GiB - 10.22)).toBeLessThan(0.01)
    expect(Math.abs(log.budget / GiB - 8.598176)).toBeLessThan(0.01)
  })

  it('R-MEM-3: CUDA graphs lie outside what vLLM divides: with them 19.50 of 18.82 GiB are used', () => {
    const { weights, activations, nonTorch, graphs } = log.terms
    expect((weights + activations + nonTorch + graphs + log.budget) / GiB).toBeCloseTo(19.498, 2)
  })

  it('R-MEM-4: the safe policy takes graphs and 150 MiB, 884,998,144 bytes, off the KV cache', () => {
    const safe = run(makeCase({ ...logged, memory: { utilization: 0.8, policy: 'safe', safetyBuffer: 150 * 2 ** 20 } }))
    expect(log.budget - safe.budget).toBe(9_232_221_491 - 8_347_223_347)
  })

  it('R-MEM-5: has 3,913 blocks of 16 tokens, a concurrency of 61.14 at 1,024 tokens', () => {
    expect(log.kvCapacityTokens).toBe(16 * 3913)
    expect(log.kvCapacityTokens / 1024).toBe(61.140625)
  })

  it('R-MEM-6: FP8 weights with their scales, a bf16 embedding and head, and the RoPE table are 8.80 GiB, not 7.63', () => {
    expect(log.terms.weights).toBe(9_437_399_040 + 10_485_760)
    expect(log.terms.weights / GiB).toBeCloseTo(8.799028, 6)
  })

  it('R-MEM-7: a rank of TP 2 holds more than half of Qwen3-0.6B, within 2.5 % of the log', () => {
    const model = catalog.model('qwen3-0.6b')
    expect(countParameters(model).total).toBe(596_049_920)
    const { weights } = run(makeCase({ model, layout: allTp(2) })).terms
    expect(weights).toBe(596_115_456 + 10_485_760)
    expect(Math.abs(weights / GiB / 0.567 - 1)).toBeLessThan(0.025)
  })

  it('R-MEM-8: the sampler, not the forward pass, makes the 1.40 GiB of peak activations', () => {
    expect(log.terms.activations / GiB).toBeCloseTo(1.4, 2)
    expect(2048 * 2 * 12_288 * 2).toBeLessThan(log.terms.activations / 10)
  })

  it('R-MEM-9: 111 requests of 2,048 tokens fit on 8 A100 of 40 GB without reserve, where the seed says 110', () => {
    const precision = { weights: 'fp16', kv: 'fp16' }
    const of = (bytes: number, isl: number) =>
      run(makeCase({ model: 'internlm-20b', engine: 'generic', memory: bare, bytes, isl, osl: 1024, layout: allTp(8), precision }))
    expect(countParameters(catalog.model('internlm-20b')).total).toBe(20_088_714_240)
    expect([of(40e9, 1024).largestBatch, of(80e9, 1024).largestBatch, of(80e9, 3072).largestBatch]).toEqual([111, 238, 119])
  })

  it('R-MEM-10: no more requests run than clients ask, whatever fits', () => {
    const study = { model: 'internlm-20b', fleet: [{ gpu: 'a100-sxm-40gb', gpus: 8 }], workload: { isl: 1024, osl: 1024 } }
    for (const clients of [10, 20, 50]) {
      const v = values(study, key('a100-sxm-40gb', { tp: 8 }, 'fp16', clients))
      expect(v.running).toBeLessThanOrEqual(clients)
      expect(v.max_batch).toBeGreaterThan(50)
    }
  })

  it('R-MEM-11: a request that the cache does not hold makes a plan invalid', () => {
    const { verdict } = run(makeCase({ ...logged, isl: 62_000, osl: 640 }))
    expect(verdict?.code).toBe('memory-kv')
  })
})
