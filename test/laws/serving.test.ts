import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../../cost-model/column.ts'
import { evaluate, evaluateStatic, type Values } from '../../cost-model/evaluate.ts'
import { makePool, type Pool } from '../../spaces/fleet.ts'
import { lengthMoments } from '../../spaces/length.ts'
import { replicaGpus } from '../../spaces/plan.ts'
import type { Workload } from '../../spaces/workload.ts'
import { catalog } from '../cost-model/layouts.ts'
import { changed, holds, inOneBatch, valuesOf } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const plans = randomPlan('serving')
const alone = randomPlan('serving', { attentionDp: 1, batch: 1 })

function withWorkload(drawn: Drawn, changes: Partial<Workload>): Drawn {
  return { ...drawn, scenario: { ...drawn.scenario, workload: { ...drawn.scenario.workload, ...changes } } }
}

function fixed(tokens: number) {
  return { kind: 'fixed' as const, tokens }
}

describe('every plan that runs', () => {
  it('has a finite, non-negative value in every column but those that nothing gives, and in TPOT where a second token is decoded', () => {
    holds(plans, { seed: 71, runs: 100 }, (drawn) => {
      const values = valuesOf(drawn)
      const decodes = lengthMoments(drawn.scenario.workload.osl).mean > 1
      for (const c of columns) {
        if ('needs' in c) continue
        const absent = !decodes && (c.name === 'tpot_ms' || c.name === 'tok_s_per_user')
        const value = values[c.name]
        expect(absent ? Number.isNaN(value) : value >= 0 && value < 1e18, `${c.name} ${value}`).toBe(true)
      }
    })
  })

  it("satisfies Little's law and E2E = TTFT + (output tokens - 1) x TPOT", () => {
    holds(plans, { seed: 72, runs: 100 }, (drawn) => {
      const { layout, plan, scenario } = drawn
      const v = valuesOf(drawn)
      const requests = layout.replicas * plan.batch
      expect((v.req_s * v.e2e_ms) / requests).toBeCloseTo(1, 9)
      expect(v.concurrency / requests).toBeCloseTo(1, 9)
      const decoded = Math.max(0, lengthMoments(scenario.workload.osl).mean - 1)
      expect((v.ttft_ms + (decoded > 0 ? decoded * v.tpot_ms : 0)) / v.e2e_ms).toBeCloseTo(1, 9)
      expect(v.running).toBeLessThanOrEqual(plan.batch * (1 + 1e-9))
    })
  })
})

describe('a larger batch', () => {
  it('never shortens the time of a request, where a step is not cut into two', () => {
    holds(fc.tuple(plans.map(inOneBatch), fc.integer({ min: 1, max: 700 })), { seed: 77, runs: 80 }, ([drawn, more]) => {
      const larger = changed(drawn, { batch: drawn.plan.batch + more })
      expect(valuesOf(larger).e2e_ms).toBeGreaterThanOrEqual(valuesOf(drawn).e2e_ms * (1 - 1e-9))
    })
  })
})

/** The pool of another number of GPUs. */
function resized({ pool }: Drawn, gpus: number, gpusPerNode: number): Pool {
  return makePool({ gpu: pool.gpu.id, gpus, gpusPerNode, memory: pool.memory.bytes, scaleOutBandwidth: 5e10 }, catalog)
}

describe('data parallelism by replicas', () => {
  it('leaves the latency of a replica alone and multiplies throughput, where every replica lies on whole domains of its links or on a part of one', () => {
    let compared = 0
    holds(fc.tuple(plans, fc.constantFrom(2, 4, 8), fc.constantFrom(1, 2, 4, 8)), { seed: 73, runs: 80 }, ([drawn, replicas, node]) => {
      const gpus = replicaGpus(drawn.layout)
      const pools = [1, replicas].map((count) => resized(drawn, count * gpus, gpus % node === 0 ? node : gpus))
      if (pools.some(({ links }) => links.some(({ span }) => gpus % span !== 0 && span % gpus !== 0))) return
      compared++
      const [one, many] = pools.map((pool) => {
        const moved = { ...drawn, pool, scenario: { ...drawn.scenario, pools: [pool] } }
        return valuesOf(changed(moved, { layout: { ...drawn.layout, replicas: pool.gpus / gpus } }))
      }) as [Values, Values]
      for (const name of ['ttft_ms', 'e2e_ms', 'tpot_ms', 'memory_gib', 'out_tok_s_per_gpu', 'running'] as const) {
        if (!Number.isNaN(one[name])) expect(many[name] / one[name], name).toBeCloseTo(1, 9)
      }
      for (const name of ['req_s', 'out_tok_s', 'total_tok_s', 'concurrency'] as const)
        expect(many[name] / one[name] / replicas, name).toBeCloseTo(1, 9)
    })
    expect(compared).toBeGreaterThan(50)
  })
})

describe('the first token of a request alone', () => {
  it('comes after one static prefill, host overhead included in both', () => {
    holds(alone, { seed: 74, runs: 80 }, (drawn) => {
      expect(drawn.plan.batch).toBe(1)
      const { ttft, e2e } = evaluateStatic(drawn.scenario, drawn.plan)!
      const v = valuesOf(drawn)
      expect(v.ttft_ms / ttft).toBeCloseTo(1, 9)
      expect(e2e).toBeGreaterThanOrEqual(ttft)
    })
  })

  it('never comes later with a longer cached prefix that every rank keeps: by any length in one step, by whole steps where a prompt is chunked', () => {
    const cases = fc.tuple(
      alone.map(inOneBatch),
      fc.integer({ min: 2, max: 40 }),
      fc.boolean(),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    )
    holds(cases, { seed: 75, runs: 100 }, ([drawn, steps, chunked, share]) => {
      const { chunk, layout } = drawn.plan
      // Ranks that share out the cached tokens gather them again: a short prefix costs more than it spares.
      if (layout.dcp > 1) return
      const isl = chunked ? steps * chunk : chunk
      // Whole steps fewer: with a part of one, the steps that are left would each read a longer context.
      const cached = chunked ? Math.max(1, Math.floor(steps * share)) * chunk : Math.max(1, Math.floor(chunk * share))
      if (cached >= isl) return
      const ttft = (prefixHit: number) => ttftOf(withWorkload(drawn, { isl: fixed(isl), prefixHit }))
      expect(ttft(cached / isl)).toBeLessThanOrEqual(ttft(0) * (1 + 1e-12))
    })
  })

  it('never comes sooner after a longer prompt, where a step is launched the same way', () => {
    holds(
      fc.tuple(alone.map(inOneBatch), fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 5000 })),
      { seed: 76, runs: 100 },
      ([drawn, isl, more]) => {
        // Beyond the largest captured graph the host launches every kernel: cutting a prompt in two may then avoid it.
        const engine = { ...drawn.scenario.engine, graphs: { ...drawn.scenario.engine.graphs, captured: [] } }
        const eager = { ...drawn, scenario: { ...drawn.scenario, engine } }
        const ttft = (tokens: number) => ttftOf(withWorkload(eager, { isl: fixed(tokens) }))
        expect(ttft(isl + more)).toBeGreaterThanOrEqual(ttft(isl) * (1 - 1e-12))
      },
    )
  })
})

function ttftOf({ scenario, plan }: Drawn): number {
  const result = evaluate(scenario, plan)
  return result.kind === 'ok' ? result.values.ttft_ms : Number.NaN
}
