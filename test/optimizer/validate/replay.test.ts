import { describe, expect, it } from 'vitest'
import { compareWithReplay } from '../../../optimizer/validate/replay/index.ts'
import { comparePairs } from '../../../optimizer/validate/replay/pair-table.ts'
import { pointAt } from '../../../optimizer/validate/replay/points.ts'
import { readSpec } from '../../../optimizer/validate/replay/spec.ts'
import { planKey } from '../../../spaces/plan-key.ts'
import { catalog } from '../../cost-model/layouts.ts'

const spec = readSpec()
/** Shorter runs than the suite's own, so larger errors of the replay itself. */
const short = { ...spec, requests: { ...spec.requests, closed: 600, open: 1000 } }

describe('the replay suite', () => {
  const { checks, metrics, sideBySide } = compareWithReplay(short, 24)

  it('has closed forms close to the replay at the first 24 points', () => {
    const medians = new Map(checks.map(({ id, ours }) => [id, Number(ours)]))
    expect(medians.get('closed/throughput')).toBeLessThan(0.03)
    expect(medians.get('closed/tpot')).toBeLessThan(0.03)
    expect(medians.get('closed/ttft')).toBeLessThan(0.1)
    expect(medians.get('closed/excluded')).toBeLessThanOrEqual(spec.exclude.share)
    expect(medians.get('open/excluded')).toBeLessThanOrEqual(spec.exclude.share)
  })

  it('gives every quantity its median, p90 and mean signed error, and names the worst points with their plans', () => {
    for (const name of ['closed loop/ttft p99', 'closed loop/goodput', 'open loop/e2e p50', 'open loop/tpot']) {
      const own = metrics.filter(({ group }) => group === name)
      expect(own.map(({ metric }) => metric)).toEqual(['median_error', 'p90_error', 'mean_signed_error'])
      for (const { value, n } of own) expect(Number.isFinite(value) && n > 0).toBe(true)
    }
    const worst = sideBySide.filter(({ title }) => title.includes('worst'))
    expect(worst.length).toBe(2)
    for (const { rows } of worst) for (const row of rows) expect(row.at(-1)).toMatch(/:r1\.pp\d+\..+:b\d+:c\d+ \d+\/\d+ \(CV/)
  })

  it('draws the same point by its number alone, with every engine, pipelines and attention DP among them', () => {
    const some = Array.from({ length: 60 }, (_, i) => pointAt(spec, catalog, i))
    expect(planKey(pointAt(spec, catalog, 7).plan)).toBe(planKey(some[7]!.plan))
    expect(new Set(some.map(({ scenario }) => scenario.engine.id))).toEqual(new Set(spec.engines))
    for (const axis of ['pp', 'attentionDp'] as const) {
      const shares = some.filter(({ load }) => load[axis] > 1).length / some.length
      expect(shares).toBeGreaterThan(0.1)
      expect(shares).toBeLessThan(0.7)
    }
  })
})

describe('pairs of the replay suite', () => {
  it('have closed forms close to the replay at the first handful, and name the worst with their plans', () => {
    const { checks, metrics, sideBySide } = comparePairs(short, 5)
    const medians = new Map(checks.map(({ id, ours }) => [id, Number(ours)]))
    expect(medians.get('pairs/closed/throughput')).toBeLessThan(0.05)
    expect(medians.get('pairs/closed/tpot')).toBeLessThan(0.03)
    expect(medians.get('pairs/closed/ttft')).toBeLessThan(0.3)
    expect(medians.get('pairs/open/tpot')).toBeLessThan(0.05)
    expect(metrics.every(({ value }) => Number.isFinite(value))).toBe(true)
    for (const row of sideBySide.at(-1)!.rows) expect(row.at(-1)).toMatch(/ P\(.+\)x\d+\+D\(.+\)x\d+/)
  })
})
