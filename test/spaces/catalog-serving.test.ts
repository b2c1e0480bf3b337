import { describe, expect, it } from 'vitest'
import { openCatalog } from '../../spaces/catalog.ts'
import { type Engine, valueForMemory } from '../../spaces/engine.ts'
import { lengthMoments } from '../../spaces/length.ts'
import { needs } from '../needs.ts'
import { readTable } from './table.ts'

const catalog = openCatalog()
const gib = 2 ** 30
const shared = needs('shared')

/** Bytes that an engine's sampler holds at its peak: what dominates activations. */
function logitsPeak({ memory, scheduler }: Engine, gpuBytes: number, vocabulary: number): number {
  const sequences = Math.min(memory.profiledSequences, valueForMemory(scheduler.maxSequences, gpuBytes))
  return memory.logitsBytesPerEntry * sequences * vocabulary
}

describe('engines of the catalogue', () => {
  it('are vLLM in two generations, SGLang, TensorRT-LLM, TGI and a generic one', () => {
    expect(catalog.list('engine')).toEqual(['generic', 'sglang', 'tgi', 'trtllm', 'vllm', 'vllm-0.10'])
  })

  it('have tables by memory that end without a limit and rise, graphs in order, and a source', () => {
    for (const engine of catalog.list('engine').map((id) => catalog.engine(id))) {
      for (const rows of [engine.scheduler.tokenBudget, engine.scheduler.maxSequences]) {
        const limits = rows.map((row) => row.below ?? Number.POSITIVE_INFINITY)
        expect(limits.at(-1)).toBe(Number.POSITIVE_INFINITY)
        expect(limits).toEqual([...limits].sort((a, b) => a - b))
      }
      expect(engine.graphs.captured).toEqual([...new Set(engine.graphs.captured)].sort((a, b) => a - b))
      expect(Object.keys(engine.sources).length).toBeGreaterThan(0)
      expect(engine.scheduler.admission === 'reserve-ratio').toBe(engine.scheduler.reserveRatio !== undefined)
      expect(engine.memory.policy === 'sglang-static').toBe(engine.memory.staticReserve !== undefined)
    }
  })

  it('schedule as documented on small and large GPUs', () => {
    const budget = (engine: string, memory: number) => valueForMemory(catalog.engine(engine).scheduler.tokenBudget, memory * gib)
    expect([24, 79.2, 178].map((memory) => budget('vllm', memory))).toEqual([2048, 8192, 8192])
    expect([24, 79.2, 178].map((memory) => budget('sglang', memory))).toEqual([2048, 8192, 16384])
    expect([24, 79.2, 178].map((memory) => budget('trtllm', memory))).toEqual([8192, 8192, 8192])
    expect([24, 79.2].map((memory) => valueForMemory(catalog.engine('vllm').scheduler.maxSequences, memory * gib))).toEqual([256, 1024])
  })

  it('TGI runs prompts whole and alone before decodes, launches every kernel and keeps no memory free', () => {
    const { scheduler, graphs, memory, parallel } = catalog.engine('tgi')
    expect(scheduler).toMatchObject({ policy: 'prefill-first', mixedSteps: false, chunkedPrefill: false, admission: 'reserve-all' })
    expect([graphs.captured, memory.policy, parallel.pipeline, parallel.attentionDp]).toEqual([[], 'no-reserve', false, 'no'])
  })

  it('lay experts out as documented: vLLM never cuts experts inside an EP group, TensorRT-LLM has no TP beside attention DP', () => {
    const parallel = (id: string) => catalog.engine(id).parallel
    expect(parallel('vllm')).toMatchObject({ moeTpWithEp: false, epIsWholeStage: true, attentionDp: 'with-tp' })
    expect(parallel('trtllm')).toMatchObject({ moeTpWithEp: true, attentionDp: 'excludes-tp' })
    expect(parallel('sglang')).toMatchObject({ moeTpWithEp: true, decodeContext: false })
  })

  it('vLLM 0.10 profiles the 1.40 GiB that its log shows for 256 sequences of Qwen3-8B, and 4.76 and 5.64 GiB on H100, to 1 %', () => {
    const engine = catalog.engine('vllm-0.10')
    expect(logitsPeak(engine, 23.53 * gib, 151936) / gib).toBeCloseTo(1.4, 2)
    expect(Math.abs(logitsPeak(engine, 79.19 * gib, 128256) / gib / 4.76 - 1)).toBeLessThan(0.01)
    expect(Math.abs(logitsPeak(engine, 79.19 * gib, 151936) / gib / 5.64 - 1)).toBeLessThan(0.01)
    expect(engine.memory.graphs).toBe(727711744)
    expect(engine.memory.nonTorch.single / gib).toBeCloseTo(0.02, 4)
  })

  it('vLLM 0.19 loses 1.24e9 bytes beside weights and KV on an RTX 4090, and as much as measured on H100, to 8 %', () => {
    const engine = catalog.engine('vllm')
    const ropeTable = 131072 * 128 * 2
    const measured = 0.9 * 25250627584 - 2 * 8030261248 - 41408 * 131072
    const ours = logitsPeak(engine, 25250627584, 128256) + engine.memory.nonTorch.single + ropeTable
    expect(measured / 1e9).toBeCloseTo(1.24, 2)
    expect(Math.abs(ours / measured - 1)).toBeLessThan(0.08)
    for (const [vocabulary, gibibytes] of [
      [128256, 4.76 + 0.13],
      [151936, 5.64 + 0.13],
    ]) {
      const h100 = (logitsPeak(engine, 79.19 * gib, vocabulary) + engine.memory.nonTorch.single) / gib
      expect(Math.abs(h100 / gibibytes - 1)).toBeLessThan(0.08)
    }
  })
})

describe('workloads of the catalogue', () => {
  it('are the presets, published traces and moments, each with source and licence', () => {
    const workloads = catalog.list('workload').map((id) => catalog.workload(id))
    const ids = [
      '1k-1k',
      '1k-8k',
      '8k-1k',
      'assistant-mix',
      'azure-2023-code',
      'azure-2023-conversation',
      'blis-chatbot',
      'chat',
      'code-completion',
      'code-generation',
      'content-generation',
      'inferencex-1k-1k',
      'inferencex-1k-8k',
      'inferencex-8k-1k',
      'mooncake-conversation',
      'mooncake-synthetic',
      'planner-10240-1536',
      'planner-4096-512',
      'planner-512-256',
      'rag',
      'reasoning',
      'servegen-m-large',
      'sharegpt',
      'summarisation',
      'translation',
    ]
    expect(workloads.map((workload) => workload.id)).toEqual(ids)
    for (const workload of workloads) expect(workload.source?.licence, workload.id).toMatch(/Apache-2.0|CC-BY-4.0|figures of a paper/)
  })

  it('carry published service levels as hints', () => {
    expect(catalog.workload('chat').slo).toEqual({ ttft: 0.15, tpot: 0.025, percentile: 95 })
    expect(catalog.workload('1k-1k').slo).toBeUndefined()
  })

  it.skipIf(!shared)('have the mean and variation of the Azure traces they stand for', () => {
    for (const id of ['azure-2023-code', 'azure-2023-conversation']) {
      const rows = readTable(`${shared}/measured/traces/${id}.csv`)
      for (const [length, column] of [
        [catalog.workload(id).isl, 'ContextTokens'],
        [catalog.workload(id).osl, 'GeneratedTokens'],
      ] as const) {
        const tokens = rows.map((row) => Number(row[column]))
        const mean = tokens.reduce((sum, n) => sum + n, 0) / tokens.length
        const cv = Math.sqrt(tokens.reduce((sum, n) => sum + (n - mean) ** 2, 0) / tokens.length) / mean
        expect(lengthMoments(length).mean / mean, `${id} ${column}`).toBeCloseTo(1, 2)
        expect(lengthMoments(length).cv / cv, `${id} ${column}`).toBeCloseTo(1, 1)
      }
    }
  })
})
