import { describe, expect, it } from 'vitest'
import { type ColumnName, columnIndex } from '../../cost-model/column.ts'
import { withChances } from '../../optimizer/chance.ts'
import { limitsOf } from '../../optimizer/limit.ts'
import type { Outcome } from '../../optimizer/outcome.ts'
import { studySpace } from '../../optimizer/plan-space.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { pick, rowAt, type Table, tableSize } from '../../optimizer/table.ts'
import { tableOf } from './rows.ts'
import { written } from './written.ts'

const setting = resolveStudy(written({ axes: '{ weights: fp8, kv: fp8, batch: [1, 2, 4, 8] }' }))
const space = studySpace(setting)

/** A plan of the regime `known` in a closed loop: E2E = TTFT + 100 x TPOT. */
function said(tpot: number, throughput: number) {
  const values = { ttft_ms: 0.1, tpot_ms: tpot, e2e_ms: 0.1 + 100 * tpot, out_tok_s_per_gpu: throughput, regime: 0 }
  return { ...values, ttft_ms_hi80: 0.1, tpot_ms_hi80: tpot }
}

function chances(plans: readonly ReturnType<typeof said>[], front: readonly number[], limits = setting.limits) {
  const table = tableOf(plans.map((values, i) => [i, values] as const))
  const outcome = { front: pick(table, front), near: pick(table, []), kept: { kind: 'all', tables: [table] } } as unknown as Outcome
  const { kept } = withChances({ ...setting, objectives: ['tpot_ms', 'out_tok_s_per_gpu'], limits }, space, outcome)
  return of((kept as { readonly tables: readonly Table[] }).tables[0]!)
}

function of(table: Table) {
  const column = (name: ColumnName) => Array.from({ length: tableSize(table) }, (_, i) => rowAt(table, i)[columnIndex(name)]!)
  return { front: column('p_front'), slo: column('p_slo') }
}

describe('chances of plans', () => {
  it('are high for a plan that is well ahead in all objectives, and alike for plans that are predicted alike', () => {
    const ahead = chances([said(0.01, 200), said(0.01, 200), said(0.0105, 192)], [0, 1])
    expect(ahead.front[0]! + ahead.front[1]!).toBeGreaterThan(0.7)
    expect(Math.abs(ahead.front[0]! - ahead.front[1]!)).toBeLessThan(0.12)
    expect(ahead.front[2]).toBeLessThan(ahead.front[0]!)
    expect(chances([said(0.01, 200)], [0]).front).toEqual([1])
  })

  it('are of no plan far from the front', () => {
    const { front, slo } = chances([said(0.01, 200), said(0.02, 100)], [0])
    expect(front[0]).toBe(1)
    expect([front[1], slo[1]]).toEqual([Number.NaN, Number.NaN])
  })

  it('to meet an SLO fall as the prediction comes near it, and are those of the SLO itself where the study is robust', () => {
    const slo = (tpot: number, robust = false) => chances([said(tpot, 200)], [0], limitsOf({ tpot: 0.02 }, {}, { robust })).slo[0]!
    expect(slo(0.005)).toBe(1)
    expect(slo(0.018)).toBeLessThan(slo(0.014))
    expect(slo(0.03)).toBeLessThan(0.1)
    expect(slo(0.018, true)).toBe(slo(0.018))
  })

  it('are the same every time, whoever else takes part', () => {
    const limits = limitsOf({ tpot: 0.012 }, {})
    const both = chances([said(0.01, 200), said(0.0101, 198)], [0], limits)
    expect(chances([said(0.01, 200), said(0.0101, 198)], [0], limits)).toEqual(both)
    expect(chances([said(0.01, 200)], [0], limits).slo[0]).toBe(both.slo[0])
  })
})
