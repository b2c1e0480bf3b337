import { describe, expect, it } from 'vitest'
import { at, columns } from '../../../cost-model/column.ts'
import { estimatePlan } from '../../../optimizer/estimate.ts'
import { studySpace } from '../../../optimizer/plan-space.ts'
import { replayerOf } from '../../../optimizer/refine/replay-row.ts'
import { resolved } from '../written.ts'

/** The first pairs of a small setting that run, by closed form and by replay. */
function pairs(changes: Readonly<Record<string, string>>, count = 2) {
  const setting = resolved({
    ...{ fleet: '[{ node: dgx-h100, nodes: 2 }]', serving: 'disaggregated', workload: '{ isl: 2000, osl: 100 }' },
    axes: '{ weights: fp8, kv: fp8, tp: 4, pp: 1, sp: 1, attentionDp: 1, dcp: 1, batch: 16, chunk: 4096 }',
    ...changes,
  })
  const space = studySpace(setting)
  const replayer = replayerOf(setting)
  const runs = []
  for (let index = 0; index < space.size && runs.length < count; index++) {
    const { rejected, row } = estimatePlan(setting, space.at(index))
    if (rejected === null) runs.push({ closed: row, answer: replayer({ index, row }) })
  }
  return runs.map(({ closed, answer }) => {
    if (answer.kind !== 'replayed') throw new Error(answer.reason.message)
    return { closed, row: answer.row }
  })
}

describe('the row of a replayed pair', () => {
  const rows = pairs({})

  it('agrees with the closed form, and says by how much it does not', () => {
    expect(rows.length).toBe(2)
    for (const { closed, row } of rows) {
      expect(Math.abs(row[at.tpot_gap_percent]!)).toBeLessThan(0.03)
      expect(Math.abs(row[at.out_tok_s_gap_percent]!)).toBeLessThan(0.03)
      expect(Math.abs(row[at.ttft_gap_percent]!)).toBeLessThan(0.25)
      expect([closed[at.fidelity], row[at.fidelity]]).toEqual([0, 1])
      expect(Math.abs(row[at.running]! / closed[at.running]! - 1)).toBeLessThan(0.1)
    }
  })

  it('has money, energy and Little of its own rate, and leaves the memory of both sides as it was', () => {
    for (const { closed, row } of rows) {
      expect(row[at.usd_per_mtok_out]! * row[at.out_tok_s]!).toBeCloseTo(row[at.usd_per_h]! / 3600, 10)
      expect(row[at.concurrency]).toBeCloseTo(row[at.req_s]! * row[at.e2e_ms]!, 8)
      const changed = columns.filter((_, i) => !Object.is(row[i], closed[i])).map(({ name }) => name)
      expect(changed.filter((name) => /_gib$|usd_per_h|fleet_w|_bound$|confidence/.test(name))).toEqual([])
    }
  })

  it('serves what arrives, with percentiles where they are asked for', () => {
    for (const { row } of pairs({ arrivals: '{ rate: 3 req/s }', slo: '{ ttft: 1 s, tpot: 50 ms }' }, 1)) {
      expect(row[at.req_s]).toBeCloseTo(3, 9)
      expect(row[at.ttft_ms_p50]).toBeLessThan(row[at.ttft_ms_p99]!)
      expect(row[at.itl_ms_p50]).toBeLessThanOrEqual(row[at.itl_ms_p99]!)
      expect(row[at.goodput_req_s]).toBeGreaterThan(0)
    }
  })
})
