import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../../cost-model/memory.ts'
import { allTp, bare, type Case, GiB, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const off = (predicted: number, measured: number) => Math.abs(predicted / measured - 1)

describe('memory measured on real engines, with the defaults of the catalogue', () => {
  it('leaves Llama-3.1-8B 2,588 blocks on an RTX 4090, within 3 %', () => {
    // vLLM 0.19.0, 25,250,627,584 bytes, budget 2048, 256 sequences, utilization 0.9 (LLMServingSim bench, 2026-08-20)
    const { kvCapacityTokens } = run(makeCase({ model: 'meta-llama-3.1-8b', bytes: 25_250_627_584, chunk: 2048 }))
    expect(off(kvCapacityTokens, 41_408)).toBeLessThan(0.03)
  })

  // llm-d-planner, docs/empirical-vllm-memory-results.md: H100, utilization 0.9
  it.each([
    ['meta-llama-3.1-8b', 4.76],
    ['qwen3-14b', 5.64],
    ['gpt-oss-20b', 7.38],
  ])('gives %s %f GiB of activations on H100, within 7 %%', (model, measured) => {
    const { activations } = run(makeCase({ model, chunk: 8192, precision: { weights: 'shipped' } })).terms
    expect(off(activations / GiB, measured)).toBeLessThan(0.07)
  })

  it('has activations that forward passes of 2,048 tokens cannot explain, but logits of 256 sequences can', () => {
    const forward = run(makeCase({ engine: 'vllm-0.10', bytes: 24 * GiB, memory: { logitsBytesPerEntry: 0 } })).terms.activations
    const profiled = run(makeCase({ engine: 'vllm-0.10', bytes: 24 * GiB })).terms.activations
    expect(forward / GiB).toBeLessThan(0.2)
    expect(off(profiled / GiB, 1.4)).toBeLessThan(0.01)
  })
})

describe('largest batch of InternLM-20B on 8 GPUs of 40e9 bytes', () => {
  const internlm = (changes: Parameters<typeof makeCase>[0]) =>
    makeCase({ model: 'internlm-20b', bytes: 40e9, memory: bare, layout: allTp(8), isl: 1024, osl: 1024, ...changes })

  it('is 111 at 2,048 tokens with nothing reserved, within 1 % of the 110 that was published', () => {
    const { largestBatch } = run(internlm({}))
    expect(largestBatch).toBe(111)
    expect(off(110, largestBatch)).toBeLessThan(0.01)
  })

  it.each([
    [80e9, 1024, 238],
    [80e9, 3072, 119],
  ])('is for %d bytes and %d output tokens %d', (bytes, osl, batch) => {
    expect(run(internlm({ bytes, osl })).largestBatch).toBe(batch)
  })

  it('is more than 10 to 100 clients ask for: KV is held for those there are', () => {
    const perRequest = run(internlm({ batch: 1 })).terms.kv
    expect(perRequest * 8).toBe(2_516_582_400)
    for (const clients of [10, 20, 50, 100]) expect(run(internlm({ batch: clients })).terms.kv).toBe(clients * perRequest)
  })

  it('holds no more KV than there is when more clients come: the others wait', () => {
    const { terms, headroom, verdict, seats } = run(internlm({ batch: 1000 }))
    expect(verdict).toBeNull()
    expect(seats.reserved).toBeLessThan(1000)
    expect(headroom).toBeGreaterThanOrEqual(0)
    expect(terms.kv + headroom).toBeGreaterThan((111 * 2_516_582_400) / 8)
  })
})
