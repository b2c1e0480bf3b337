import { describe, expect, it } from 'vitest'
import { at, columns } from '../../../cost-model/column.ts'
import { estimatePlan } from '../../../optimizer/estimate.ts'
import { replayerOf } from '../../../optimizer/refine/replay-row.ts'
import type { Setting } from '../../../optimizer/setting.ts'
import { makeSpace } from '../../../spaces/space.ts'
import { resolved } from '../written.ts'

const axes = '{ weights: fp8, kv: fp8, tp: 4, pp: 1, sp: 1, attentionDp: 1, batch: [4, 24], chunk: 2048 }'

/** Every plan of a small setting by closed form and by replay. */
function both(changes: Readonly<Record<string, string>>) {
  const setting = resolved({ axes, ...changes })
  const replayer = replayerOf(setting)
  return plansOf(setting).map(({ index, row }) => ({ index, closed: row, answer: replayer({ index, row }) }))
}

function plansOf(setting: Setting) {
  const space = makeSpace(setting.scenario, setting.axes)
  const all = Array.from({ length: space.size }, (_, index) => ({ index, ...estimatePlan(setting, space.at(index)) }))
  return all.filter(({ rejected }) => rejected === null)
}

function replayedRows(changes: Readonly<Record<string, string>>) {
  return both(changes).flatMap(({ closed, answer }) => (answer.kind === 'replayed' ? [{ closed, row: answer.row }] : []))
}

const latencies =
  /^(ttft|tpot|e2e|itl)_ms|tok_s|^req_s$|usd_per_mtok|j_per_tok|^concurrency$|^running$|^goodput|_gap_percent$|^fidelity$|^status$/

describe('the row of a replayed plan', () => {
  const rows = replayedRows({})

  it('agrees with the closed form where that is sure of itself, and says by how much it does not', () => {
    expect(rows).toHaveLength(2)
    for (const { closed, row } of rows) {
      for (const [gap, of] of [
        [at.ttft_gap_percent, at.ttft_ms],
        [at.tpot_gap_percent, at.tpot_ms],
        [at.out_tok_s_gap_percent, at.out_tok_s],
      ] as const) {
        expect(row[gap]).toBe(row[of]! / closed[of]! - 1)
        expect(row[gap]).not.toBe(0)
      }
      // The closed form times a mean step, the replay each of them: products step up with every tile of rows. Outputs of one length keep step,
      // and meet fewer prompts, or more, than requests that come when they like.
      expect(Math.abs(row[at.tpot_gap_percent]!)).toBeLessThan(0.1)
      expect(Math.abs(row[at.ttft_gap_percent]!)).toBeLessThan(0.3)
      expect([closed[at.fidelity], row[at.fidelity]]).toEqual([0, 1])
    }
  })

  it('has money, energy and Little of its own rate', () => {
    for (const { row } of rows) {
      expect(row[at.usd_per_mtok_out]! * row[at.out_tok_s]!).toBeCloseTo(row[at.usd_per_h]! / 3600, 10)
      expect(row[at.j_per_tok]! * row[at.out_tok_s]!).toBeCloseTo(row[at.fleet_w]!, 6)
      expect(row[at.concurrency]).toBeCloseTo(row[at.req_s]! * row[at.e2e_ms]!, 8)
    }
  })

  it('leaves memory and everything else that no step decides as it was', () => {
    for (const { closed, row } of rows) {
      const changed = columns.filter((_, i) => !Object.is(row[i], closed[i])).map(({ name }) => name)
      expect(changed.filter((name) => !latencies.test(name))).toEqual([])
      expect(changed).toContain('usd_per_mtok_out')
    }
  })

  it('has percentiles and goodput where the study asks for them', () => {
    const asked = replayedRows({
      slo: '{ ttft: 2 s, tpot: 50 ms, percentile: 99 }',
      workload: '{ isl: 1000, osl: { kind: lognormal, mean: 100, cv: 0.7 } }',
    })
    for (const { row } of asked) {
      expect(row[at.ttft_ms_p50]).toBeLessThan(row[at.ttft_ms_p99]!)
      expect(row[at.tpot_ms_p50]).toBeLessThan(row[at.tpot_ms_p99]!)
      expect(row[at.goodput_req_s]).toBeGreaterThan(0.9 * row[at.req_s]!)
    }
    for (const { row } of rows) expect(row[at.ttft_ms_p99]).toBeNaN()
  })

  it('has the time between tokens as the closed form has it', () => {
    const asked = replayedRows({ objectives: '[itl_ms_p99, out_tok_s]', workload: '{ isl: 1000, osl: 300 }' })
    for (const { closed, row } of asked) {
      for (const of of ['itl_ms_p50', 'itl_ms_p90'] as const) expect(Math.abs(row[at[of]]! / closed[at[of]]! - 1), of).toBeLessThan(0.05)
      expect(row[at.itl_ms_p95]).toBeLessThanOrEqual(row[at.itl_ms_p99]!)
    }
    // 24 of 300 steps have a prompt of their requests in them, and of 4 as many as one in a hundred: in a sample of a few waves the 99th
    // percentile lies among steps of one prompt or of two.
    const { closed, row } = asked[1]!
    expect(Math.abs(row[at.itl_ms_p99]! / closed[at.itl_ms_p99]! - 1)).toBeLessThan(0.15)
    expect(row[at.itl_ms_p99]).toBeGreaterThan(2 * row[at.itl_ms_p50]!)
  })

  it('judges the plan anew by the limits', () => {
    const { closed, row } = rows[1]!
    const [low, high] = [closed[at.ttft_ms]!, row[at.ttft_ms]!].sort((a, b) => a - b)
    const between = `${((low! + high!) / 2) * 1000} ms`
    const [, judged] = replayedRows({ slo: `{ ttft: ${between} }` })
    expect([judged!.closed[at.status], judged!.row[at.status]].sort()).toEqual([0, 1])
  })
})

describe('a replay of a benchmark', () => {
  it('prints what the client does, start and end included: the rate of the closed form, and the TTFT of a burst', () => {
    const workload = (more: string) => `{ isl: 1000, osl: 100${more} }`
    const steady = replayedRows({ workload: workload('') })
    for (const [i, { closed, row }] of replayedRows({
      workload: workload(', benchmark: { promptsPerSlot: 5, randomRange: 0.8 }'),
    }).entries()) {
      expect(Math.abs(row[at.out_tok_s]! / closed[at.out_tok_s]! - 1)).toBeLessThan(0.03)
      expect(Math.abs(row[at.ttft_ms]! / closed[at.ttft_ms]! - 1)).toBeLessThan(0.3)
      expect(row[at.ttft_ms]).toBeGreaterThan(1.1 * steady[i]!.row[at.ttft_ms]!)
    }
  })

  it('prints the statistic that is asked for', () => {
    const of = (statistic: string) => replayedRows({ workload: `{ isl: 1000, osl: 100, benchmark: { statistic: ${statistic} } }` })
    for (const [i, { row }] of of('p99').entries()) expect(row[at.ttft_ms]).toBeGreaterThan(of('median')[i]!.row[at.ttft_ms]!)
  })
})

describe('a replay of a mixture', () => {
  it('holds each class to its own SLO', () => {
    const workload =
      '{ classes: [{ name: short, share: 3, isl: 200, osl: 100, slo: { ttft: 1 s } }, { name: long, share: 1, isl: 4000, osl: 100, slo: { ttft: 1 s } }] }'
    for (const { closed, row } of replayedRows({ workload })) {
      expect(row[at.class_slo_worst]).toBe(closed[at.class_slo_worst])
      expect(Math.abs(row[at.class_slo_use]! / closed[at.class_slo_use]! - 1)).toBeLessThan(0.45)
      expect(row[at.goodput_req_s]).toBeGreaterThan(0)
    }
  })
})

describe('a replay in open loop', () => {
  it('finishes what arrives, within the seats of the plan', () => {
    const [few, many] = replayedRows({ arrivals: '{ rate: 4 req/s }' })
    for (const { row } of [few!, many!]) {
      expect(row[at.req_s]).toBeCloseTo(4, 9)
      expect(row[at.capacity_bound]).toBeNaN()
      expect(row[at.ttft_ms_p99]).toBeGreaterThan(row[at.ttft_ms]!)
    }
    expect(few!.row[at.running]).toBeLessThanOrEqual(4)
  })

  it('has a capacity and no latencies where more arrives than it can serve', () => {
    for (const { closed, row } of replayedRows({ arrivals: '{ rate: 200 req/s }' })) {
      expect(row[at.ttft_ms]).toBeNaN()
      expect(row[at.req_s]).toBeLessThan(200)
      expect(Math.abs(row[at.req_s]! / closed[at.req_s]! - 1)).toBeLessThan(0.15)
      expect(row[at.status]).toBe(1)
    }
  })
})

describe('a plan that cannot be replayed', () => {
  it('says why: a request that no scheduler can hold', () => {
    const answers = both({
      workload: '{ isl: 1000, osl: { kind: lognormal, mean: 3000, cv: 8 } }',
      fleet: '[{ node: dgx-h100, nodes: 1, memory: 27 GiB }]',
    }).map(({ answer }) => (answer.kind === 'refused' ? answer.reason.code : answer.kind))
    expect(new Set(answers)).toEqual(new Set(['too-long']))
  })
})
