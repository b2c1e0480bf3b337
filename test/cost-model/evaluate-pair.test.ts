import { describe, expect, it } from 'vitest'
import { capacityLimits, columns } from '../../cost-model/column.ts'
import { evaluate, type Values } from '../../cost-model/evaluate.ts'
import type { Scenario } from '../../cost-model/scenario.ts'
import { loadCalibration } from '../../optimizer/calibration.ts'
import { cacheBytesPerSequence } from '../../spaces/kv.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { DisaggregatedPlan } from '../../spaces/plan.ts'
import { catalog, h100s, llama, planWith } from '../spaces/inputs.ts'

const scenario: Scenario = {
  ...llama,
  workload: { id: 'long', name: 'long', isl: { kind: 'fixed', tokens: 4000 }, osl: { kind: 'fixed', tokens: 500 }, prefixHit: 0 },
  calibration: loadCalibration(),
}

type Changes = Parameters<typeof planWith>[0]

function pair(prefill: Changes = {}, decode: Changes = {}, counts: readonly [number, number] = [2, 1]): DisaggregatedPlan {
  const fp8 = { w: 'fp8', a: 'fp8', kv: 'fp8', r: 1 }
  const p = planWith({ ...fp8, tp: 4, mtp: 4, b: 64, ...prefill })
  const d = planWith({ ...fp8, b: 32, ...decode })
  return parsePlanKey(`P(${p})x${counts[0]}+D(${d})x${counts[1]}`) as DisaggregatedPlan
}

function valuesOf(plan: DisaggregatedPlan, of: Scenario = scenario): Values {
  const result = evaluate(of, plan)
  if (result.kind !== 'ok') throw new Error(result.reason.message)
  return result.values
}

function refusal(plan: DisaggregatedPlan, of: Scenario = scenario) {
  const result = evaluate(of, plan)
  return result.kind === 'ok' ? undefined : result.reason
}

describe('an evaluated pair', () => {
  const v = valuesOf(pair())

  it("keeps its batch decoding, and Little's law over everything that is in the system", () => {
    expect(v.running).toBe(32)
    expect(v.e2e_ms).toBeCloseTo(v.ttft_ms + 499 * v.tpot_ms, 12)
    expect(v.concurrency).toBeCloseTo(v.req_s * v.e2e_ms, 9)
    expect(v.concurrency).toBeGreaterThan(32)
    expect(v.req_s * 499 * v.tpot_ms).toBeCloseTo(32, 6)
  })

  it('counts the GPUs, dollars and watts of all of its workers', () => {
    expect(v.out_tok_s).toBeCloseTo(16 * v.out_tok_s_per_gpu, 6)
    expect(v.usd_per_h).toBeCloseTo(16 * 2.95, 9)
    const more = valuesOf(pair({}, {}, [3, 1]))
    expect(more.fleet_w / v.fleet_w).toBeCloseTo(20 / 16, 9)
    expect(more.req_s).toBeCloseTo(v.req_s, 9)
    expect(more.ttft_ms).toBeLessThan(v.ttft_ms)
  })

  it('has a value in every column that a fleet of separate workers has', () => {
    const empty = columns.filter((column, i) => Number.isNaN(Object.values(v)[i]!) && !('needs' in column)).map(({ name }) => name)
    expect(empty).toEqual([])
    expect(v.prefill_wait_ms).toBeGreaterThan(0)
    expect(v.admission_ms).toBeGreaterThan(v.kv_transfer_ms)
    expect(v.ttft_ms).toBeGreaterThan(v.prefill_wait_ms + v.admission_ms)
  })

  it('shows the fuller side: weights over four GPUs, not over eight', () => {
    const [four, eight] = [valuesOf(pair()), valuesOf(pair({ tp: 8, mtp: 8 }))]
    expect(four.weights_gib / eight.weights_gib).toBeCloseTo(2, 1)
    expect(four.headroom_gib).toBeLessThan(eight.headroom_gib)
  })

  it('moves the KV of a prompt at the share of the link that the connector reaches', () => {
    const engine = { ...scenario.engine, disaggregation: { ...scenario.engine.disaggregation!, bandwidthShare: 1, latency: 0 } }
    const bytes = cacheBytesPerSequence(scenario.model, 4000, 'fp8')
    // 4 ranks send to 8 over 50 GB/s each; what is beyond it is the transfers that share the link.
    const least = bytes / 4 / 50e9
    const { kv_transfer_ms } = valuesOf(pair({}, { b: 1 }), { ...scenario, engine })
    expect(kv_transfer_ms).toBeGreaterThan(least)
    expect(kv_transfer_ms).toBeLessThan(1.01 * least)
  })

  it('sends a latent to every rank of a decode worker, where the connector pulls copies', () => {
    const model = catalog.model('deepseek-v3')
    const latent = pair({ w: 'shipped', tp: 1, adp: 8, ep: 8, mtp: 1 }, { w: 'shipped', tp: 8, ep: 8, mtp: 1, b: 8 }, [1, 1])
    const time = (pullsCopies: boolean) => {
      const engine = catalog.engine('sglang')
      const disaggregation = { ...engine.disaggregation!, pullsCopies, latency: 0 }
      const pools = [h100s(32)].map((pool) => ({ ...pool, memory: { ...pool.memory, bytes: 2 * pool.memory.bytes } }))
      return valuesOf(latent, { ...scenario, model, pools, engine: { ...engine, disaggregation } }).kv_transfer_ms
    }
    expect(time(true) / time(false)).toBeCloseTo(8, 0)
  })

  it('pays for each side what its pool costs', () => {
    const pools = [{ ...h100s(8), id: 'fast', price: { ...h100s().price!, usdPerGpuHour: 4 } }, ...scenario.pools]
    const split = pair({ pool: 'fast' })
    const result = evaluate({ ...scenario, pools }, split)
    expect(result.values.usd_per_h).toBeCloseTo(8 * 4 + 8 * 2.95, 9)
    expect(result.kind === 'ok' && result.prices.map((price) => price?.usdPerGpuHour)).toEqual([4, 2.95])
    const unpriced = [{ ...pools[0]!, price: undefined }, pools[1]!]
    expect(evaluate({ ...scenario, pools: unpriced }, split).values.usd_per_h).toBeNaN()
  })
})

describe('a pair under arrivals', () => {
  it('serves them, at the latencies of that rate', () => {
    const slow = valuesOf(pair(), { ...scenario, arrivals: { rate: 2, cv: 1 } })
    const fast = valuesOf(pair(), { ...scenario, arrivals: { rate: 5, cv: 1 } })
    expect([slow.req_s, fast.req_s]).toEqual([2, 5])
    for (const name of ['ttft_ms', 'tpot_ms', 'running', 'prefill_wait_ms'] as const) expect(fast[name]).toBeGreaterThan(slow[name])
    const bursty = valuesOf(pair(), { ...scenario, arrivals: { rate: 5, cv: 3 } })
    expect(bursty.prefill_wait_ms).toBeGreaterThan(2 * fast.prefill_wait_ms)
    expect(bursty.tpot_ms).toBeCloseTo(fast.tpot_ms, 12)
  })

  it('is overloaded beyond the capacity of a stage, which it names', () => {
    const bound = (plan: DisaggregatedPlan) =>
      capacityLimits[valuesOf(plan, { ...scenario, arrivals: { rate: 100, cv: 1 } }).capacity_bound]
    expect(bound(pair())).toBe('seats')
    expect(bound(pair({}, { b: 512 }))).toBe('prefill')
  })
})

describe('percentiles of a pair', () => {
  const workload: Scenario['workload'] = {
    ...scenario.workload,
    isl: { kind: 'lognormal', mean: 4000, cv: 0.5 },
    osl: { kind: 'lognormal', mean: 500, cv: 0.5 },
  }
  const asked = { capacity: false, slo: { ttft: 1, tpot: 0.05 } }

  it.each([undefined, { rate: 4, cv: 1 }])(
    'lie around its means, and fill the goodput under an SLO, where they are asked for (arrivals: %o)',
    (arrivals) => {
      const of: Scenario = { ...scenario, workload, asked, ...(arrivals !== undefined && { arrivals }) }
      const v = valuesOf(pair(), of)
      for (const name of ['ttft_ms', 'tpot_ms', 'e2e_ms', 'itl_ms'] as const) {
        const steps = (['p50', 'p90', 'p95', 'p99'] as const).map((p) => v[`${name}_${p}`])
        expect(steps, name).toEqual(steps.toSorted((a, b) => a - b))
        if (name !== 'itl_ms') expect(steps[0]! < 1.05 * v[name] && steps[3]! >= 0.999 * v[name], name).toBe(true)
      }
      expect(v.goodput_req_s).toBeGreaterThan(0)
      expect(v.goodput_req_s).toBeLessThanOrEqual(v.req_s)
      expect(valuesOf(pair(), { ...of, asked: undefined }).ttft_ms_p99).toBeNaN()
    },
  )

  it('hold a mixture to the SLO of each class', () => {
    const classes: NonNullable<Scenario['workload']['classes']> = [
      {
        name: 'short',
        share: 3,
        isl: { kind: 'fixed', tokens: 1000 },
        osl: { kind: 'fixed', tokens: 300 },
        prefixHit: 0,
        slo: { ttft: 1 },
      },
      { name: 'long', share: 1, isl: { kind: 'fixed', tokens: 9000 }, osl: { kind: 'fixed', tokens: 900 }, prefixHit: 0, slo: { ttft: 1 } },
    ]
    const slo = { classes: classes.map((c) => c.slo) }
    const v = valuesOf(pair(), { ...scenario, workload: { ...workload, classes }, asked: { capacity: false, slo } })
    // The TTFT of the long ones uses more of it.
    expect(v.class_slo_worst).toBe(4)
    expect(v.class_slo_use).toBeGreaterThan(0)
  })
})

describe('a pair that cannot be in the state its key says', () => {
  it('is refused by the stage that does not keep up, with the numbers', () => {
    const reason = refusal(pair({}, { b: 256 }, [1, 1]))
    expect(reason?.code).toBe('pair-prefill-capacity')
    expect(reason?.message).toMatch(/^1 decode worker of 256 requests finish \d+\.\d+ requests\/s, 1 prefill worker take in \d+\.\d+$/)
    const slow = [
      { ...h100s(), links: h100s().links.map((link) => ({ ...link, bandwidth: link.kind === 'scale-out' ? 1e8 : link.bandwidth })) },
    ]
    expect(refusal(pair(), { ...scenario, pools: slow })?.code).toBe('pair-transfer-capacity')
  })

  it('is refused where a side cannot hold the KV', () => {
    const tight = (pool: (typeof scenario.pools)[number], bytes: number) => ({ ...pool, memory: { ...pool.memory, bytes } })
    const small = { ...scenario, pools: [tight(h100s(), 24e9)] }
    expect(refusal(pair({ tp: 8, mtp: 8 }, { b: 250 }, [2, 1]), small)?.code).toBe('pair-decode-holds')
    const smaller = { ...scenario, pools: [tight(h100s(), 20e9)] }
    expect(refusal(pair(), smaller)?.message).toMatch(/^prefill worker: /)
  })
})
