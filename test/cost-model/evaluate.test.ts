import { describe, expect, it } from 'vitest'
import { regimes } from '../../cost-model/bands/regime.ts'
import { bounds, type ColumnName, columnIndex, columns, pedigrees, rowWidth, statuses } from '../../cost-model/column.ts'
import { createEvaluator, evaluate, type Values } from '../../cost-model/evaluate.ts'
import type { Scenario } from '../../cost-model/scenario.ts'
import { loadCalibration } from '../../optimizer/calibration.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan, Plan } from '../../spaces/plan.ts'
import { llama, planWith } from '../spaces/inputs.ts'

const scenario: Scenario = {
  ...llama,
  workload: { id: 'long', name: 'long', isl: { kind: 'fixed', tokens: 4000 }, osl: { kind: 'fixed', tokens: 500 }, prefixHit: 0 },
  calibration: loadCalibration(),
}
const fp8 = { w: 'fp8', a: 'fp8', kv: 'fp8' }

function plan(changes: Parameters<typeof planWith>[0]): ColocatedPlan {
  return parsePlanKey(planWith({ ...fp8, ...changes })) as ColocatedPlan
}

function valuesOf(changes: Parameters<typeof planWith>[0], of: Scenario = scenario): Values {
  const result = evaluate(of, plan(changes))
  if (result.kind !== 'ok') throw new Error(result.reason.message)
  return result.values
}

describe('an evaluated plan', () => {
  const v = valuesOf({ b: 32 })

  it('has prefill and decode apart, and both together: E2E = TTFT + (output - 1) x TPOT', () => {
    expect(v.e2e_ms).toBeCloseTo(v.ttft_ms + 499 * v.tpot_ms, 12)
    expect(v.tok_s_per_user).toBeCloseTo(1 / v.tpot_ms, 9)
  })

  it('has rates per request, per GPU and of the fleet that say the same', () => {
    expect(v.out_tok_s).toBeCloseTo(64 * v.out_tok_s_per_gpu, 6)
    expect(v.out_tok_s).toBeCloseTo(500 * v.req_s, 6)
    expect(v.total_tok_s).toBeCloseTo(4500 * v.req_s, 6)
  })

  it("holds as many requests as were asked for: Little's law over the fleet", () => {
    expect(v.concurrency).toBeCloseTo(8 * 32, 6)
    expect(v.req_s * v.e2e_ms).toBeCloseTo(8 * 32, 6)
    expect(v.running).toBeLessThanOrEqual(32)
  })

  it('accounts for the memory of its fullest GPU', () => {
    const parts = ['weights_gib', 'kv_gib', 'state_gib', 'activations_gib', 'graphs_gib', 'non_torch_gib', 'comm_gib'] as const
    expect(v.memory_gib).toBeCloseTo(
      parts.reduce((sum, name) => sum + v[name], 0),
      0,
    )
    expect(v.headroom_gib).toBeGreaterThan(0)
    expect(v.max_batch).toBeGreaterThanOrEqual(32)
    expect(v.kv_capacity_tokens).toBeGreaterThan(32 * 4500)
  })

  it('names what each phase waits for, how much of it is communication, and the evidence', () => {
    expect(valuesOf({ b: 1 }).decode_comm_share).toBeGreaterThan(0)
    for (const name of ['prefill_bound', 'decode_bound'] as const) expect(bounds[v[name]]).toBeDefined()
    for (const name of ['prefill_comm_share', 'decode_comm_share'] as const) {
      expect(v[name]).toBeGreaterThan(0)
      expect(v[name]).toBeLessThan(1)
    }
    expect(pedigrees[v.confidence]).toBeDefined()
    expect(statuses[v.status]).toBe('ok')
  })

  it('waits for its links almost alone where these are slow', () => {
    const links = scenario.pools[0]!.links.map((link) => ({ ...link, bandwidth: link.bandwidth / 1e4 }))
    const slow = valuesOf({ b: 32 }, { ...scenario, pools: [{ ...scenario.pools[0]!, links }] })
    expect([bounds[slow.prefill_bound], bounds[slow.decode_bound]]).toEqual(['communication', 'communication'])
    expect(slow.prefill_comm_share).toBeGreaterThan(0.9)
    expect(slow.prefill_comm_share).toBeLessThan(1)
    expect(slow.decode_comm_share).toBeLessThan(1)
  })

  it('has seats on each of its attention ranks', () => {
    const few = { ...scenario.engine, scheduler: { ...scenario.engine.scheduler, maxSequences: [{ value: 4 }] } }
    expect(valuesOf({ b: 64 }, { ...scenario, engine: few }).running).toBeCloseTo(4, 6)
    expect(valuesOf({ b: 64, adp: 2, tp: 4 }, { ...scenario, engine: few }).running).toBeCloseTo(8, 6)
  })

  it('costs what the price of its pool says, and carries where that is from', () => {
    const [pool] = scenario.pools
    const price = { usdPerGpuHour: 2, source: 'a quote', date: '2026-01' }
    const result = evaluate({ ...scenario, pools: [{ ...pool!, price }] }, plan({ b: 32 }))
    expect(result).toMatchObject({ kind: 'ok', prices: [price] })
    expect(result.values.usd_per_h).toBe(128)
    expect(result.values.usd_per_mtok_out).toBeCloseTo(128 / 3600 / v.out_tok_s, 15)
    expect(result.values.usd_per_mtok * v.total_tok_s).toBeCloseTo(128 / 3600, 12)
    expect(result.values.usd_per_mtok_in * (v.total_tok_s - v.out_tok_s)).toBeCloseTo(128 / 3600, 12)
  })

  it('draws the power of its nodes', () => {
    expect(v.fleet_w).toBe(64 * scenario.pools[0]!.wattsPerGpu!)
    expect(v.j_per_tok).toBeCloseTo(v.fleet_w / v.out_tok_s, 12)
  })

  it('has no price, power, chances or percentiles that nothing gives', () => {
    const [pool] = scenario.pools
    const bare = { ...scenario, pools: [{ ...pool!, price: undefined, wattsPerGpu: undefined }] }
    const { values } = evaluate(bare, plan({ b: 32 }))
    const empty = columns.filter((c) => Number.isNaN(values[c.name])).map((c) => c.name)
    const needing = columns.filter((c) => 'needs' in c && c.needs !== 'bands').map((c) => c.name)
    expect(empty).toEqual(needing)
  })

  it('that only fills in a single token has no time per token after it', () => {
    const one = { ...scenario, workload: { ...scenario.workload, osl: { kind: 'fixed', tokens: 1 } as const } }
    const values = valuesOf({ b: 4 }, one)
    expect(values.tpot_ms).toBeNaN()
    expect(values.tok_s_per_user).toBeNaN()
    expect(values.e2e_ms).toBe(values.ttft_ms)
  })
})

describe('replicas', () => {
  it('at the same batch each leave latency alone and multiply throughput', () => {
    const [one, eight] = [valuesOf({ r: 1, b: 16 }), valuesOf({ r: 8, b: 16 })]
    for (const name of ['ttft_ms', 'tpot_ms', 'e2e_ms', 'out_tok_s_per_gpu', 'usd_per_mtok_out', 'memory_gib'] as const) {
      expect(eight[name]).toBeCloseTo(one[name], 12)
    }
    for (const name of ['out_tok_s', 'req_s', 'usd_per_h', 'fleet_w', 'concurrency'] as const) {
      expect(eight[name]).toBeCloseTo(8 * one[name], 6)
    }
  })

  it('that share a fixed load answer sooner the more there are', () => {
    const [two, eight] = [valuesOf({ r: 2, b: 128 }), valuesOf({ r: 8, b: 32 })]
    expect(eight.concurrency).toBeCloseTo(two.concurrency, 6)
    expect(eight.ttft_ms).toBeLessThan(two.ttft_ms)
    expect(eight.tpot_ms).toBeLessThan(two.tpot_ms)
    expect(eight.out_tok_s).toBeGreaterThan(two.out_tok_s)
  })
})

describe('pipeline stages', () => {
  const widths = { r: 1, tp: 2, mtp: 2, b: 1 }
  const [one, two, four] = [valuesOf(widths), valuesOf({ ...widths, pp: 2 }), valuesOf({ ...widths, pp: 4 })]

  it('never divide the latency of a single request: it goes through all of them', () => {
    expect(two.tpot_ms).toBeGreaterThanOrEqual(one.tpot_ms)
    expect(four.tpot_ms).toBeGreaterThanOrEqual(two.tpot_ms)
    expect(four.ttft_ms).toBeGreaterThanOrEqual(one.ttft_ms)
  })

  const served = (pp: number, b: number, isl: number) => {
    const of = { ...scenario, workload: { ...scenario.workload, isl: { kind: 'fixed', tokens: isl } as const } }
    return valuesOf({ ...widths, pp, b }, of).out_tok_s
  }

  it('work on as many microbatches at once, so that a full pipeline serves more than one stage', () => {
    expect(served(4, 256, 16)).toBeGreaterThan(2 * served(1, 64, 16))
    expect(served(4, 256, 16)).toBeLessThan(4.5 * served(1, 64, 16))
  })

  // Replayed with lengths spread by a quarter and a half: 1,146 tokens/s where one stage gives 960.
  it('gain little where long prompts come one by one: the other microbatches wait behind each of them in every stage', () => {
    expect(served(4, 64, 4000)).toBeGreaterThan(1.1 * served(1, 64, 4000))
    expect(served(4, 64, 4000)).toBeLessThan(1.3 * served(1, 64, 4000))
  })
})

describe('a plan that does not fit', () => {
  const result = evaluate(scenario, plan({ r: 64, tp: 1, mtp: 1, w: 'bf16', a: 'bf16', b: 1 }))

  it('is rejected with the memory term that binds', () => {
    expect(result).toMatchObject({ kind: 'rejected', reason: { code: 'memory-weights' } })
  })

  it('has its memory filled in and nothing else', () => {
    expect(statuses[result.values.status]).toBe('out-of-memory')
    expect(result.values.weights_gib).toBeGreaterThan(scenario.pools[0]!.memory.bytes)
    for (const name of ['ttft_ms', 'tpot_ms', 'out_tok_s', 'usd_per_h', 'j_per_tok', 'prefill_bound'] as const) {
      expect(result.values[name]).toBeNaN()
    }
  })
})

describe('a load that is larger than the cache', () => {
  it('runs what fits; the rest waits, which costs first tokens and nothing else', () => {
    const tight = { ...scenario, pools: [{ ...scenario.pools[0]!, memory: { bytes: 24e9, basis: 'stated' } }] }
    const [some, many] = [valuesOf({ b: 256 }, tight), valuesOf({ b: 512 }, tight)]
    expect(some.running).toBeLessThan(256)
    expect(many.running).toBeCloseTo(some.running, 6)
    expect(many.out_tok_s).toBeCloseTo(some.out_tok_s, 3)
    expect(many.ttft_ms).toBeGreaterThan(some.ttft_ms)
    expect(many.concurrency).toBeCloseTo(2 * some.concurrency, 6)
  })
})

describe('the evaluator', () => {
  const keys = [{ b: 1 }, { b: 64 }, { b: 64, c: 2048 }, { b: 64, tp: 4, mtp: 4, r: 16 }, { b: 8, w: 'bf16', a: 'bf16' }]
  const base = keys.map(plan)
  // As the space does: neighbours share their layout and precision objects.
  const other = { ...base[0]!, precision: base[4]!.precision }
  const plans: readonly Plan[] = [
    ...base,
    base[0]!,
    other,
    { ...base[0]!, batch: 7 },
    { ...base[3]!, batch: 7 },
    base[1]!,
    { ...base[1]!, chunk: 4096 },
  ]

  it('gives every plan the values it has alone, whatever came before it', () => {
    const shared = createEvaluator(scenario)
    const rows = new Float64Array(plans.length * rowWidth)
    for (const [i, p] of plans.entries()) expect(shared.evaluate(p, rows, i * rowWidth)).toBeNull()
    for (const [i, p] of plans.entries()) {
      const { values } = evaluate(scenario, p)
      for (const { name } of columns) expect(rows[i * rowWidth + columnIndex(name)], name).toBe(values[name])
    }
  })

  it('writes only its own row, and leaves nothing of the one that was there', () => {
    const rows = new Float64Array(3 * rowWidth).fill(-1)
    createEvaluator(scenario).evaluate(plans[0]!, rows, rowWidth)
    expect(rows.subarray(0, rowWidth).every((x) => x === -1)).toBe(true)
    expect(rows.subarray(2 * rowWidth).every((x) => x === -1)).toBe(true)
    expect(rows.subarray(rowWidth, 2 * rowWidth).some((x) => x === -1)).toBe(false)
  })

  it('takes a plan of another fleet for a bug', () => {
    expect(() => evaluate(scenario, { ...base[0]!, pool: 'elsewhere' })).toThrow('no pool elsewhere')
  })
})

describe('step times behind a plan', () => {
  it('grow with the batch: more requests are served slower each and faster together', () => {
    let last = valuesOf({ b: 1 })
    for (const b of [2, 8, 32, 128, 512]) {
      const next = valuesOf({ b })
      for (const name of ['ttft_ms', 'tpot_ms', 'out_tok_s', 'kv_gib'] satisfies ColumnName[]) {
        expect(next[name], `${name} at ${b}`).toBeGreaterThan(last[name])
      }
      last = next
    }
  })

  it('include what the host does for every request in a step, and in every stage of a pipeline', () => {
    const { overhead } = scenario.engine
    const slower = (changes: Partial<typeof overhead>): Scenario => ({
      ...scenario,
      engine: { ...scenario.engine, overhead: { ...overhead, ...changes } },
    })
    const perSequence = slower({ perSequence: overhead.perSequence + 1e-4 })
    for (const name of ['ttft_ms', 'tpot_ms'] as const) {
      expect(valuesOf({ b: 1 }, perSequence)[name] - valuesOf({ b: 1 })[name]).toBeCloseTo(1e-4, 12)
    }
    const stages = { r: 1, tp: 2, mtp: 2, pp: 4, b: 64 }
    const perStep = valuesOf(stages, slower({ perStep: overhead.perStep + 1e-3 }))
    const more = perStep.tpot_ms - valuesOf(stages).tpot_ms
    // Each of four stages in turn, but in the rounds that wait for a prompt's way, whose hosts are ahead of it.
    expect(more).toBeGreaterThan(3.5e-3)
    expect(more).toBeLessThan(4e-3)
  })

  it('include what the host does in every step', () => {
    const overhead = { ...scenario.engine.overhead, perStep: scenario.engine.overhead.perStep + 1e-3 }
    const slower = valuesOf({ b: 1 }, { ...scenario, engine: { ...scenario.engine, overhead } })
    const v = valuesOf({ b: 1 })
    expect(slower.tpot_ms - v.tpot_ms).toBeCloseTo(1e-3, 12)
    expect(slower.ttft_ms - v.ttft_ms).toBeCloseTo(1e-3, 12)
  })
})

describe('the bands of an evaluated plan', () => {
  it('are its values times the errors of its regime', () => {
    const values = valuesOf({ b: 32 })
    const { bands } = scenario.calibration
    const row = bands.bands.find(({ mode, regime }) => mode === 'colocated' && regime === regimes[values.regime])!
    expect(values.tpot_ms_lo80).toBeCloseTo(values.tpot_ms * Math.exp(row.tpot.lo), 12)
    expect(values.tpot_ms_hi80).toBeCloseTo(values.tpot_ms * Math.exp(row.tpot.hi), 12)
    expect(values.out_tok_s_per_gpu_hi80).toBeCloseTo(values.out_tok_s_per_gpu * Math.exp(row.throughput.hi), 6)
    expect(values.e2e_ms_lo80).toBeLessThan(values.e2e_ms_hi80)
  })

  it('leave out the throughput of a plan that serves what arrives', () => {
    const values = valuesOf({ b: 32 }, { ...scenario, arrivals: { rate: 0.5, cv: 1 } })
    expect(values.ttft_ms_hi80).toBeGreaterThan(0)
    expect(values.out_tok_s_per_gpu_hi80).toBeNaN()
  })
})
