import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../cost-model/evaluate.ts'
import { explainMemory, explainPlan } from '../../../cost-model/explain/explain-plan.ts'
import type { Explanation } from '../../../cost-model/explain/explanation.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import { makePool } from '../../../spaces/fleet.ts'
import type { ColocatedPlan } from '../../../spaces/plan.ts'
import { bf16, calibration, catalog, fp8, layoutOf, legalCases, poolFor } from '../layouts.ts'

const gpus = ['h100-sxm', 'b200-sxm', 'mi300x', 'l40s', 'gb300-nvl72'] as const

/** Plans of several engines and vendors; memory is stated so large that most of them fit. */
const plans = fc
  .record({
    of: legalCases().filter(({ layout }) => layout.sp === 1),
    gpu: fc.constantFrom(...gpus),
    engine: fc.constantFrom('vllm', 'sglang', 'trtllm'),
    workload: fc.constantFrom('1k-1k', '8k-1k', 'chat', 'rag', 'azure-2023-conversation'),
    batch: fc.constantFrom(1, 3, 16, 100, 700),
    chunk: fc.constantFrom(512, 8192),
    memory: fc.constantFrom(2e11, 2e12),
  })
  .map(({ of: { model, layout }, gpu, engine, workload, batch, chunk, memory }) => {
    const pool = { ...poolFor(layout, gpu), memory: { bytes: memory, basis: 'stated' } }
    const plan: ColocatedPlan = { kind: 'colocated', pool: pool.id, layout, precision: bf16, batch, chunk }
    const scenario: Scenario = { model, pools: [pool], engine: catalog.engine(engine), workload: catalog.workload(workload), calibration }
    return { scenario, plan }
  })

const sum = (parts: Explanation['request']['ttftParts']) => parts.reduce((total, { seconds }) => total + seconds, 0)

describe('the explanation of a plan', () => {
  it('has the TTFT, TPOT, throughput and memory that evaluation has, and parts that sum to them', () => {
    const law = fc.property(plans, ({ scenario, plan }) => {
      const { kind, values } = evaluate(scenario, plan)
      fc.pre(kind === 'ok')
      const { request, memory, phases } = explainPlan(scenario, plan)
      expect(request.ttft).toBe(values.ttft_ms)
      expect(request.outputPerSecondPerGpu / values.out_tok_s_per_gpu).toBeCloseTo(1, 9)
      expect(sum(request.ttftParts) / request.ttft!).toBeCloseTo(1, 9)
      expect(sum(request.tpotParts) - request.tpot!).toBeCloseTo(0, 9)
      for (const { seconds } of request.ttftParts) expect(seconds).toBeGreaterThanOrEqual(0)
      const fullest = memory.stages[memory.fullest]!.terms
      expect([fullest.weights, fullest.kv, fullest.activations]).toEqual([values.weights_gib, values.kv_gib, values.activations_gib])
      expect(memory.stages.map(({ layers }) => layers).reduce((a, b) => a + b)).toBe(
        scenario.model.layerGroups.reduce((n, { count }) => n + count, 0),
      )
      expect([memory.stages.length, memory.verdict]).toEqual([plan.layout.pp, null])
      expect(phases.map(({ phase, stages }) => [phase, stages.length])).toEqual([
        ['prefill', plan.layout.pp],
        ['decode', plan.layout.pp],
      ])
    })
    fc.assert(law, { seed: 3, numRuns: 60 })
  })

  it('under arrivals or a benchmark says which load it is of, and has what the row of the sweep has for it', () => {
    const loads = fc.oneof(
      fc.record({ arrivals: fc.record({ rate: fc.constantFrom(0.2, 2, 20, 2000), cv: fc.constantFrom(1, 2) }) }),
      fc.record({ benchmark: fc.record({ statistic: fc.constantFrom('mean', 'median', 'p99'), burst: fc.boolean() }) }),
    )
    const seen = new Set<string>()
    const law = fc.property(plans, loads, ({ scenario: closed, plan }, load) => {
      const scenario: Scenario =
        'arrivals' in load
          ? { ...closed, arrivals: load.arrivals }
          : { ...closed, workload: { ...closed.workload, benchmark: { promptsPerSlot: 10, warmUp: 0, ...load.benchmark } } }
      const { kind, values } = evaluate(scenario, plan)
      fc.pre(kind === 'ok')
      const { request, phases } = explainPlan(scenario, plan)
      const overloaded = request.regime === 'overloaded'
      seen.add(overloaded ? 'overloaded' : request.load)
      expect(request.load).toBe('arrivals' in load ? 'arrivals' : 'benchmark')
      expect(request.outputPerSecondPerGpu / values.out_tok_s_per_gpu).toBeCloseTo(1, 9)
      expect([request.ttft ?? Number.NaN, request.tpot || Number.NaN]).toEqual([values.ttft_ms, values.tpot_ms])
      expect(sum(request.ttftParts)).toBeCloseTo(request.ttft ?? 0, 9)
      expect(sum(request.tpotParts)).toBeCloseTo(request.tpot ?? 0, 9)
      for (const { seconds } of [...request.ttftParts, ...request.tpotParts]) expect(seconds).toBeGreaterThanOrEqual(-1e-12)
      // The decode step is the one that the row's share of communication and bound are of.
      const running = phases.find(({ phase }) => phase === 'decode')!.sequences
      expect(running).toBeGreaterThanOrEqual(1 - 1e-9)
      if ('arrivals' in load && !overloaded) expect(running).toBeCloseTo(Math.max(1, values.running), 9)
    })
    fc.assert(law, { seed: 5, numRuns: 40 })
    expect([...seen].toSorted()).toEqual(['arrivals', 'benchmark', 'overloaded'])
  })

  it('says that no more of anything would hurt, by more than the closed form of a closed loop is exact', () => {
    // Where the host bounds steps with prompts, faster decodes leave more of the time to these, which a request that comes is then likelier
    // to meet; no step is ever slower (test/laws/hardware.test.ts).
    const exact = 5e-3
    const law = fc.property(plans, ({ scenario, plan }) => {
      fc.pre(evaluate(scenario, plan).kind === 'ok')
      for (const { name, changes } of explainPlan(scenario, plan).whatHelps) {
        expect(changes.ttft_ms, `${name} TTFT`).toBeLessThanOrEqual(exact)
        expect(changes.tpot_ms ?? 0, `${name} TPOT`).toBeLessThanOrEqual(exact)
        expect(changes.out_tok_s_per_gpu, `${name} throughput`).toBeGreaterThanOrEqual(-exact)
      }
    })
    fc.assert(law, { seed: 4, numRuns: 60 })
  })
})

const dense: ColocatedPlan = {
  kind: 'colocated',
  pool: 'h100-sxm',
  layout: layoutOf({ pp: 2, tp: 8 }),
  precision: fp8,
  batch: 64,
  chunk: 8192,
}
const two: Scenario = {
  model: catalog.model('meta-llama-3.1-405b'),
  pools: [makePool({ node: 'dgx-h100', nodes: 2 }, catalog)],
  engine: catalog.engine('vllm'),
  workload: catalog.workload('1k-1k'),
  calibration,
}

describe('what would help', () => {
  it('comes from every resource of the fleet, the greatest help first', () => {
    const helps = explainPlan(two, dense).whatHelps
    expect(helps.map(({ name }) => name).toSorted()).toEqual([
      'FLOP/s',
      'HBM bandwidth',
      'kernel and launch overhead',
      'network bandwidth',
      'scale-up bandwidth',
    ])
    expect(helps[0]!.name).toBe('FLOP/s')
    for (const { changes } of helps) expect(changes.tpot_ms).toBeLessThan(0)
  })

  it('never promises more than all of the resource', () => {
    for (const { name, changes } of explainPlan(two, dense).whatHelps) {
      const most = name === 'kernel and launch overhead' ? 0.1 : 1 - 1 / 1.1
      for (const change of Object.values(changes)) expect(Math.abs(change)).toBeLessThan(most / (1 - most) + 1e-9)
    }
  })

  it('leaves out links that the fleet lacks', () => {
    const plan = { ...dense, pool: 'l40s', layout: layoutOf({ tp: 1 }), batch: 8 }
    const scenario = { ...two, model: catalog.model('meta-llama-3.1-8b'), pools: [makePool({ gpu: 'l40s', gpus: 1 }, catalog)] }
    expect(explainPlan(scenario, plan).whatHelps.map(({ name }) => name)).not.toContain('network bandwidth')
  })
})

describe('the memory of a plan', () => {
  it('that does not fit names the term that goes over', () => {
    const memory = explainMemory(two, { ...dense, layout: layoutOf({ pp: 2, tp: 2 }) })
    expect(memory).toMatchObject({ binds: 'weights', verdict: expect.stringContaining('weights need ') })
    expect(memory.headroom).toBeLessThan(0)
    expect(memory.stages).toHaveLength(2)
  })

  it('that fits names its largest term', () => {
    expect(explainMemory(two, dense)).toMatchObject({ binds: 'weights', verdict: null, fullest: expect.any(Number) })
  })
})
