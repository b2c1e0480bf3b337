import { describe, expect, it } from 'vitest'
import { addGap, addGaps, gapDistribution, gapLengths, makeGaps } from '../../../../cost-model/serve/replay/gaps.ts'
import { quantile } from '../../../../cost-model/serve/replay/summary.ts'
import { makeRng } from '../../../../spaces/rng.ts'
import { run } from './fixtures.ts'

describe('gaps between tokens', () => {
  it('keep their mean, and their percentiles to a tenth of a percent, in bounded memory', () => {
    const gaps = makeGaps(true)
    const rng = makeRng(1)
    const values = new Float64Array(50_000).map(() => 0.01 * Math.exp(3 * rng.uniform()))
    for (const value of values) addGap(gaps, value, 1)
    const [of, sorted] = [gapDistribution(gapLengths(gaps)), values.toSorted()]
    expect(of.mean / (values.reduce((a, b) => a + b) / values.length)).toBeCloseTo(1, 12)
    for (const [name, share] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const)
      expect(Math.abs(of[name] / quantile(sorted, share) - 1)).toBeLessThan(0.0011)
    expect(gapLengths(gaps).lengths.length).toBeLessThan(3005)
  })

  it('of a stretch that grows are those of its steps, taken a few bins at a time', () => {
    const [stretch, steps] = [makeGaps(true), makeGaps(true)]
    addGaps(stretch, 0.02, 3e-6, 32, 7)
    for (let i = 0; i < 32; i++) addGap(steps, 0.02 + i * 3e-6, 7)
    const total = ({ counts }: typeof stretch) => counts.reduce((a, b) => a + b)
    expect(total(stretch)).toBe(total(steps))
    for (const of of ['mean', 'p50', 'p99'] as const)
      expect(gapDistribution(gapLengths(stretch))[of] / gapDistribution(gapLengths(steps))[of]).toBeCloseTo(1, 3)
  })

  it('are 0 where nobody gets a second token', () => {
    expect(
      gapDistribution(run({ lengths: { kind: 'drawn', isl: { kind: 'fixed', tokens: 50 }, osl: { kind: 'fixed', tokens: 1 } } }).gaps),
    ).toEqual({
      ...{ mean: 0, p50: 0, p90: 0, p95: 0, p99: 0 },
    })
  })

  it('are counted inside the window alone', () => {
    const all = run({ count: 100 })
    const part = run({ count: 100, window: { finished: 32 } })
    const total = ({ gaps: { times } }: typeof all) => times.reduce((a, b) => a + b)
    expect(total(all)).toBe(100 * 99)
    // 32 lives before it and half of 16 others are over; the last 16, and half of those before, are not looked at.
    expect(total(part)).toBeGreaterThan(0.4 * total(all))
    expect(total(part)).toBeLessThan(0.7 * total(all))
  })
})
