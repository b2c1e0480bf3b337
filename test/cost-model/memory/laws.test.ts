import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutMemory, type Memory, memoryAt, memoryOf } from '../../../cost-model/memory.ts'
import type { Engine } from '../../../spaces/engine.ts'
import { longestTokens } from '../../../spaces/length.ts'
import { allTp, bare, type Case, catalog, GiB, makeCase } from './cases.ts'
import { requestOn, weightsOn } from './oracle.ts'
import { legalPlans } from './plans.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const parameters = { seed: 1, numRuns: 300 }
const anyPlan = fc.constantFrom(...legalPlans)
const policies: readonly Engine['memory']['policy'][] = ['vllm-profile', 'safe', 'sglang-static', 'trtllm-free', 'no-reserve']

/** Any legal plan under any policy on GPUs of any size. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    from: anyPlan,
    policy: fc.constantFrom(...policies),
    gib: fc.integer({ min: 8, max: 300 }),
    utilization: fc.constantFrom(0.5, 0.8, 0.95),
  })
  .map(({ from, policy, gib, utilization }) => withMemory(withEngine(from, { policy, utilization }), gib * GiB))

function withEngine(from: Case, changes: Partial<Engine['memory']>): Case {
  const { engine } = from.scenario
  return { ...from, scenario: { ...from.scenario, engine: { ...engine, memory: { ...engine.memory, ...changes } } } }
}

function withMemory(from: Case, bytes: number): Case {
  return { ...from, pool: { ...from.pool, memory: { bytes, basis: 'stated' } } }
}

function withLayout(from: Case, changes: Partial<Case['plan']['layout']>): Case {
  return { ...from, plan: { ...from.plan, layout: { ...from.plan.layout, ...changes } } }
}

const sum = (terms: Memory['terms']) => Object.values(terms).reduce((a, b) => a + b, 0)

describe('memory of any legal plan', () => {
  it('adds up to the capacity, with no negative term', () => {
    fc.assert(
      fc.property(anyCase, (it) => {
        const { terms, headroom, capacity } = run(it)
        expect(Math.abs(sum(terms) + headroom - capacity.bytes)).toBeLessThan(1)
        expect(Math.min(...Object.values(terms))).toBeGreaterThanOrEqual(0)
      }),
      parameters,
    )
  })

  it('fits where there is no verdict, and then every attention-DP rank holds a request', () => {
    fc.assert(
      fc.property(anyCase, (it) => {
        const { verdict, headroom, largestBatch, seats, kvCapacityTokens } = run(it)
        // Graphs beside a full share of the GPU are the one thing that can fail with requests in place.
        const runs = largestBatch >= it.plan.layout.attentionDp && verdict?.code !== 'memory-graphs'
        expect(verdict === null).toBe(runs)
        if (verdict !== null) return
        expect(headroom).toBeGreaterThan(-1)
        expect(seats.mean).toBeGreaterThanOrEqual(largestBatch)
        expect(seats.reserved).toBeLessThanOrEqual(seats.mean)
        expect(kvCapacityTokens).toBeGreaterThan(0)
      }),
      parameters,
    )
  })

  it('has a largest batch that fits on every stage, and one more that does not fit on some', () => {
    fc.assert(
      fc.property(anyCase, (it) => {
        const { largestBatch, verdict } = run(it)
        fc.pre(verdict === null)
        expect(fits(it, largestBatch)).toBe(true)
        expect(fits(it, largestBatch + 1)).toBe(false)
      }),
      parameters,
    )
  })

  it('has the weights of a stage as counted layer by layer', () => {
    fc.assert(
      fc.property(anyPlan, (it) => {
        const { stages } = layoutMemory(it.scenario, it.pool, it.plan)
        const rope = stages[0]!.weights - Math.ceil(weightsOn(it, 0))
        for (const { index, weights } of stages) expect(Math.abs(weights - weightsOn(it, index) - rope)).toBeLessThanOrEqual(1)
      }),
      { ...parameters, numRuns: 60 },
    )
  })

  it('names a term that lacks what it needs, and more memory by that much removes the reason', () => {
    fc.assert(
      fc.property(anyCase, (it) => {
        const { verdict, terms } = run(it)
        if (verdict === null || verdict.code === 'memory-graphs') return fc.pre(false)
        const { needed, left } = verdict.numbers as { needed: number; left: number }
        expect(needed).toBeGreaterThan(left)
        expect(verdict.numbers).toMatchObject(terms)
        // The engine's share of what is added may be small, its reserve is at most half.
        const more = run(withMemory(it, it.pool.memory.bytes + 2 * (needed - left) + 2))
        expect(more.verdict?.code).not.toBe(verdict.code)
      }),
      parameters,
    )
  })

  it('never has fewer seats on a larger GPU', () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 100 }), (it, more) => {
        const small = run(it)
        const large = run(withMemory(it, it.pool.memory.bytes + more * GiB))
        expect(large.seats.mean).toBeGreaterThanOrEqual(small.seats.mean)
        expect(large.seats.reserved).toBeGreaterThanOrEqual(small.seats.reserved)
        expect(large.largestBatch).toBeGreaterThanOrEqual(small.largestBatch)
        expect(large.kvCapacityTokens).toBeGreaterThanOrEqual(small.kvCapacityTokens)
      }),
      parameters,
    )
  })

  it('keeps KV per GPU under EP as long as attention stays: experts hold none', () => {
    fc.assert(
      fc.property(anyPlan, fc.constantFrom(1, 2, 4, 8), (it, ep) => {
        const experts = { ep, moeTp: 1, moeDp: 1, redundantExperts: 0 }
        const requests = (from: Case) => layoutMemory(from.scenario, from.pool, from.plan).stages.map((stage) => stage.request)
        expect(requests(withLayout(it, experts))).toEqual(requests(it))
      }),
      parameters,
    )
  })

  it('is that of one replica, however many there are', () => {
    fc.assert(
      fc.property(anyCase, fc.constantFrom(1, 2, 16), (it, replicas) => {
        expect(run(withLayout(it, { replicas }))).toEqual(run(it))
      }),
      parameters,
    )
  })

  it('does not depend on the order in which batches are asked for', () => {
    fc.assert(
      fc.property(anyCase, fc.constantFrom(1, 8, 64), (it, batch) => {
        const layout = layoutMemory(it.scenario, it.pool, it.plan)
        memoryAt(layout, { batch: 512, chunk: 16384 })
        const plan = { ...it.plan, batch }
        expect(memoryAt(layout, plan)).toEqual(run({ ...it, plan }))
      }),
      parameters,
    )
  })
})

/** Whether every rank of every stage holds its part of the batch at full length, by the bytes of each layer. */
function fits(it: Case, batch: number): boolean {
  const { layout } = it.plan
  const { workload, engine } = it.scenario
  const perRank = Math.ceil(batch / layout.attentionDp)
  const span = engine.memory.blockTokens * layout.dcp * (layout.spKind === 'ring' ? layout.sp : 1)
  const tokens = Math.ceil((longestTokens(workload.isl) + longestTokens(workload.osl)) / span) * span
  const { stages } = layoutMemory(it.scenario, it.pool, it.plan)
  const alone = (index: number) => {
    const only = { ...layoutMemory(it.scenario, it.pool, it.plan), stages: stages.filter((stage) => stage.index === index) }
    return memoryAt(only, it.plan).budget
  }
  return stages.every(({ index }) => perRank * requestOn(it, index, tokens) <= alone(index))
}

describe('every model of the catalogue', () => {
  it('has finite memory on eight GPUs under every engine', () => {
    for (const model of catalog.list('model'))
      for (const engine of catalog.list('engine')) {
        const { terms, seats, kvCapacityTokens } = run(makeCase({ model, engine, layout: allTp(8), bytes: 2e12 }))
        for (const value of [...Object.values(terms), seats.mean, seats.reserved, kvCapacityTokens]) expect(value).toBeLessThan(1e13)
        expect(terms.weights).toBeGreaterThan(0)
        expect(terms.kv + terms.state).toBeGreaterThan(0)
      }
  })
})

describe('attention data parallelism', () => {
  it('multiplies the capacity: what n ranks hold is n times what one GPU holds', () => {
    const one = run(makeCase({ memory: bare, bytes: 40e9 }))
    for (const n of [2, 4, 8]) {
      const many = run(makeCase({ memory: bare, bytes: 40e9, layout: { attentionDp: n, ffnDp: n, moeTp: n } }))
      expect(many.kvCapacityTokens).toBe(n * one.kvCapacityTokens)
      expect(many.largestBatch).toBe(n * one.largestBatch)
    }
  })
})

describe('tensor parallelism', () => {
  it.each([1, 2, 4, 8])('over %d ranks stores the model once, and what is replicated on every rank', (tp) => {
    const whole = weightsOn(makeCase({ model: 'llama-3.3-70b-instruct' }), 0)
    const norms = (80 * 2 + 1) * 8192 * 2
    expect(tp * weightsOn(makeCase({ model: 'llama-3.3-70b-instruct', layout: allTp(tp) }), 0)).toBe(whole + (tp - 1) * norms)
  })
})
