import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctExperts, fullestDeviation, fullestDistinct, fullestLoad } from '../../cost-model/experts.ts'
import { golden } from './golden.ts'

describe('expected distinct experts', () => {
  it('are those of the golden table, to its digits', () => {
    const rows = golden('moe_distinct_experts')
    expect(rows.length).toBe(60)
    for (const row of rows) {
      const distinct = distinctExperts(row.number('E'), row.number('k'), row.number('B'))
      expect(distinct).toBeCloseTo(row.number('expected_distinct'), 5)
      expect(distinct / row.number('E')).toBeCloseTo(row.number('frac'), 5)
    }
  })

  it('are on each of R ranks one part in R of them', () => {
    for (const ranks of [1, 8, 64, 256])
      expect(fullestDistinct(256, ranks, distinctExperts(256, 8, 64), 0)).toBeCloseTo((256 / ranks) * (1 - (1 - 8 / 256) ** 64), 9)
  })

  it('never exceed the experts or the choices, and grow with tokens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 5000 }), (e, k, tokens) => {
        const chosen = Math.min(k, e)
        const distinct = distinctExperts(e, chosen, tokens)
        expect(distinct).toBeLessThanOrEqual(Math.min(e, tokens * chosen) * (1 + 1e-9))
        expect(distinctExperts(e, chosen, tokens + 1)).toBeGreaterThanOrEqual(distinct)
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('the fullest rank', () => {
  it('has the load of the golden table, within 3 % of the Monte Carlo', () => {
    const rows = golden('moe_imbalance_uniform')
    expect(rows.length).toBe(25)
    for (const row of rows) {
      const [ranks, each] = [row.number('R'), row.number('B_per_rank')]
      const load = fullestLoad(256, 8, ranks, each * ranks, 1, fullestDeviation(ranks)) / row.number('mean')
      expect(load, row.text).toBeCloseTo(row.number('gauss_formula'), 3)
      expect(Math.abs(load / row.number('mc_max_over_mean') - 1), row.text).toBeLessThan(0.03)
    }
  })

  it('adds what popularity and what chance give as independent deviations, within 4 % of a Monte Carlo', () => {
    // 30 placements of 256 experts, top 8 by Gumbel top-k: exponent, ranks, tokens per rank, largest over mean; the skew is expertUse's.
    const sampled: readonly (readonly [number, number, number, number])[] = [
      [1.103, 8, 8, 1.195],
      [1.103, 8, 64, 1.113],
      [1.34, 32, 8, 1.464],
      [1.34, 32, 64, 1.367],
      [1.3, 8, 8, 1.349],
      [2.127, 32, 8, 2.157],
    ]
    for (const [skew, ranks, each, expected] of sampled) {
      const load = fullestLoad(256, 8, ranks, each * ranks, skew, fullestDeviation(ranks)) / (each * 8)
      expect(Math.abs(load / expected - 1), `${skew} x${ranks} ${each}`).toBeLessThan(0.04)
    }
  })

  it('has the mean where there is one rank, and more tokens never lighten it', () => {
    expect(fullestLoad(256, 8, 1, 100, 1, fullestDeviation(1))).toBe(800)
    fc.assert(
      fc.property(
        fc.constantFrom(2, 8, 32, 64),
        fc.integer({ min: 0, max: 4000 }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (ranks, tokens, skew) => {
          const deviation = fullestDeviation(ranks)
          const load = fullestLoad(256, 8, ranks, tokens, skew, deviation)
          expect(load).toBeGreaterThanOrEqual(Math.min(tokens * Math.min(8, 256 / ranks), (tokens * 8) / ranks) - 1e-9)
          expect(fullestLoad(256, 8, ranks, tokens + 1, skew, deviation)).toBeGreaterThanOrEqual(load)
          const distinct = fullestDistinct(256, ranks, distinctExperts(256, 8, tokens), deviation)
          expect(distinct).toBeLessThanOrEqual(256 / ranks)
          expect(fullestDistinct(256, ranks, distinctExperts(256, 8, tokens + 1), deviation)).toBeGreaterThanOrEqual(distinct - 1e-9)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })
})
