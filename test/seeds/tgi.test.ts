import { describe, expect, it } from 'vitest'
import { evaluate } from '../../cost-model/evaluate.ts'
import { memoryOf } from '../../cost-model/memory.ts'
import { poolOf } from '../../cost-model/prepare.ts'
import { categories, readSpec, type Step } from '../../optimizer/validate/tgi/spec.ts'
import { tryStatement } from '../../optimizer/validate/tgi/statements.ts'
import { makeBench } from '../../optimizer/validate/tgi/timing.ts'
import { countParameters } from '../../spaces/parameters.ts'
import { allTp, bare, makeCase } from '../cost-model/memory/cases.ts'

// InternLM-20B on TGI, seed 004: 2, 4 and 8 A40, A100 40GB or V100, 20 clients with short chats.
const spec = readSpec()
const bench = makeBench(spec)
const { scenario } = bench.setting
const on = (gpu: string, tp: number, step: Step) => bench.timing({ gpu, tp, step })
const share = (gpu: string, tp: number, step: Step, name: (typeof categories)[number]) =>
  on(gpu, tp, step).parts[name] / on(gpu, tp, step).seconds
const everywhere = spec.gpus.flatMap((gpu) => spec.tps.map((tp) => [gpu, tp] as const))

describe('the analysis of TGI (seed 004)', () => {
  it('R-TGI-1: reports shares of prefill and decode that sum to the whole step', () => {
    for (const [gpu, tp] of everywhere) {
      for (const step of ['prefill', 'burst', 'decode'] as const) {
        const sum = categories.reduce((total, name) => total + share(gpu, tp, step, name), 0)
        expect(sum, `${gpu} ${tp} ${step}`).toBeCloseTo(1, 9)
      }
    }
  })

  it('R-TGI-1: context attention takes least of all-reduce, QKV, FFN and itself in prefill, and self-attention more of decode', () => {
    for (const [gpu, tp] of everywhere) {
      for (const step of ['prefill', 'burst'] as const) {
        const [attention, ...others] = (['attention', 'all_reduce', '_get_qkv', '_ffn'] as const).map((name) => share(gpu, tp, step, name))
        for (const other of others) expect(other).toBeGreaterThan(attention!)
        expect(share(gpu, tp, 'decode', 'attention')).toBeGreaterThan(attention!)
      }
    }
  })

  it('R-TGI-1: all-reduce over PCIe takes more than 20 % of either phase', () => {
    for (const tp of [4, 8]) {
      for (const step of ['prefill', 'burst', 'decode'] as const) expect(share('a40', tp, step, 'all_reduce')).toBeGreaterThan(0.2)
    }
  })

  it('R-TGI-1: the FFN has 2.7 times the weights of QKV and takes longer, where the seed says the reverse', () => {
    for (const [gpu, tp] of everywhere) {
      for (const step of ['prefill', 'burst', 'decode'] as const) {
        const { _ffn, _get_qkv } = on(gpu, tp, step).parts
        expect(_ffn / _get_qkv).toBeGreaterThan(2)
        expect(_ffn / _get_qkv).toBeLessThan(3)
      }
    }
    const wrong = spec.statements.find(({ says }) => says.startsWith('prefill: all_reduce and _get_qkv'))!
    expect(tryStatement(spec, bench, wrong)).toMatchObject({ tried: 18, held: 0 })
  })

  it('R-TGI-2: all-reduce of a decode step takes longer on A40 than on A100, at any width; prefill has no such reverse', () => {
    for (const tp of spec.tps) {
      for (const step of ['prefill', 'burst', 'decode'] as const) {
        expect(on('a40', tp, step).parts.all_reduce).toBeGreaterThan(2 * on('a100', tp, step).parts.all_reduce)
      }
    }
  })

  it('R-TGI-3: of the client counts that contradict each other, all are swept and one is stated', () => {
    expect([...new Set(bench.plans.map(({ batch }) => batch))]).toEqual([10, 20, 50, 100])
    expect([spec.clients, spec.prompts]).toEqual([20, { prefill: 1, burst: 20 }])
    expect(scenario.pools.map(({ gpu, gpus }) => [gpu.id, gpus])).toEqual([
      ['a40', 8],
      ['a100-sxm-40gb', 8],
      ['v100-sxm2-32gb', 8],
    ])
  })

  it('R-MEM-9: TGI without reserve holds 111 requests of 2,048 tokens on 8 A100 of 40 GB, within 1 % of the 110 of the seed', () => {
    const precision = { weights: 'fp16', kv: 'fp16' }
    const theory = makeCase({
      model: 'internlm-20b',
      engine: 'tgi',
      memory: bare,
      bytes: 40e9,
      isl: 1024,
      osl: 1024,
      layout: allTp(8),
      precision,
    })
    expect(countParameters(scenario.model).total).toBe(20_088_714_240)
    expect(memoryOf(theory.scenario, theory.pool, theory.plan).largestBatch).toBe(111)
    expect(Math.abs(111 / 110 - 1)).toBeLessThan(0.01)
  })

  it('R-MEM-10: as many requests run as fit or as there are clients, whichever is fewer', () => {
    for (const plan of bench.plans) {
      const evaluation = evaluate(scenario, plan)
      expect(evaluation.kind).toBe('ok')
      const fits = memoryOf(scenario, poolOf(scenario, plan), plan).seats.reserved
      expect(evaluation.values.running).toBeCloseTo(Math.min(fits, plan.batch), 9)
    }
  })

  it('R-PERF-8: prefill and decode are not both memory-bound: bounds come out by phase and link', () => {
    const bounds = (gpu: string) => [on(gpu, 8, 'burst').bound, on(gpu, 8, 'decode').bound]
    expect(bounds('a100')).toEqual(['compute', 'memory'])
    expect(bounds('v100')).toEqual(['compute', 'memory'])
    // Links and memory take 42 % of a decode each there.
    expect(bounds('a40')).toEqual(['communication', 'memory'])
    expect(share('a40', 8, 'decode', 'all_reduce')).toBeGreaterThan(0.4)
  })
})
