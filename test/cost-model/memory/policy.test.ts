import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../../cost-model/memory.ts'
import type { Engine } from '../../../spaces/engine.ts'
import { allTp, type Case, GiB, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const capacity = 80 * GiB

function under(policy: Engine['memory']['policy'], changes: Parameters<typeof makeCase>[0] = {}) {
  const memory = { policy, utilization: 0.9, safetyBuffer: 100, ...changes.memory }
  const result = run(makeCase({ ...changes, bytes: capacity, memory }))
  const { weights, activations, nonTorch, communication, graphs } = result.terms
  return { ...result, beforeGraphs: weights + activations + nonTorch + communication, graphs }
}

describe('what an engine leaves for KV', () => {
  it('vllm-profile: its share less what it profiled; graphs come out of the rest', () => {
    const { budget, beforeGraphs, terms, graphs } = under('vllm-profile')
    expect(Math.abs(budget - (0.9 * capacity - beforeGraphs))).toBeLessThan(1)
    expect(Math.abs(terms.reserve - (0.1 * capacity - graphs))).toBeLessThan(1)
  })

  it('safe: its share less graphs and a buffer too', () => {
    const { budget, beforeGraphs, graphs } = under('safe')
    expect(Math.abs(budget - (0.9 * capacity - beforeGraphs - graphs - 100))).toBeLessThan(1)
  })

  it('safe without a buffer keeps none', () => {
    const none = under('safe', { memory: { safetyBuffer: undefined } })
    expect(none.budget - under('safe').budget).toBe(100)
  })

  it('trtllm-free: a share of what is free after loading', () => {
    const { budget, beforeGraphs, graphs } = under('trtllm-free')
    expect(Math.abs(budget - 0.9 * (capacity - beforeGraphs - graphs))).toBeLessThan(1)
  })

  it('trtllm-free: nothing is kept where nothing is free', () => {
    const { budget, beforeGraphs, graphs, terms } = under('trtllm-free', { model: 'llama-3.3-70b-instruct' })
    expect(budget).toBe(capacity - beforeGraphs - graphs)
    expect(terms.reserve).toBe(0)
  })

  it('no-reserve: everything', () => {
    const { budget, beforeGraphs, graphs, terms } = under('no-reserve')
    expect(budget).toBe(capacity - beforeGraphs - graphs)
    expect(terms.reserve).toBe(0)
  })

  it('sglang-static: a margin that grows with chunk, graph batch and GPUs, and holds activations, graphs and buffers', () => {
    const MiB = 2 ** 20
    const staticReserve = { base: 512 * MiB, perChunkToken: 1.5 * MiB, perGraphSequence: 2 * MiB, perGpuOctet: 1024 * MiB, graphBatch: 256 }
    const margin = (chunk: number, gpus: number) => 512 * MiB + 1.5 * MiB * chunk + 512 * MiB + (1024 * MiB * gpus) / 8
    const left = (chunk: number, gpus: number) => {
      const { budget, terms } = under('sglang-static', { chunk, layout: allTp(gpus), memory: { staticReserve, logitsBytesPerEntry: 0 } })
      return capacity - budget - terms.weights - terms.nonTorch
    }
    expect(left(8192, 1)).toBe(margin(8192, 1))
    expect(left(512, 1)).toBe(margin(2048, 1))
    expect(left(8192, 8)).toBe(margin(8192, 8))
  })

  it('sglang-static: takes no less than what runs, and a share where no margin is given', () => {
    const { budget, beforeGraphs, graphs } = under('sglang-static', { memory: { utilization: 1 } })
    expect(budget).toBe(capacity - beforeGraphs - graphs)
    const shared = under('sglang-static', { memory: { utilization: 0.5 } })
    expect(shared.budget).toBe(0.5 * capacity - shared.terms.weights - shared.terms.nonTorch)
  })

  it('depends on the group: NCCL and its buffers come with a second GPU, buffers not with a second stage', () => {
    const { nonTorch, commBuffers } = makeCase().scenario.engine.memory
    expect(under('safe').terms).toMatchObject({ nonTorch: nonTorch.single, communication: 0 })
    expect(under('safe', { layout: allTp(2) }).terms).toMatchObject({ nonTorch: nonTorch.group, communication: commBuffers })
    expect(under('safe', { layout: { pp: 2 } }).terms).toMatchObject({ nonTorch: nonTorch.group, communication: 0 })
  })
})
