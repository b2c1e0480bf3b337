import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distinctExperts,
  distinctTargets,
  fullestDeviation,
  fullestDistinct,
  fullestLoad,
  popularitySkew,
} from '../../cost-model/experts.ts'
import { calibration } from './layouts.ts'

describe('expected distinct experts', () => {
  // Golden table moe_distinct_experts.csv of this project (every third row): E, k, tokens, expected.
  const golden: readonly (readonly [number, number, number, number])[] = [
    [256, 8, 1, 8],
    [256, 8, 8, 57.420831],
    [256, 8, 64, 222.442488],
    [256, 8, 512, 255.999978],
    [128, 8, 4, 29.123047],
    [128, 8, 32, 111.771035],
    [128, 8, 256, 127.999991],
    [8, 2, 2, 3.5],
    [8, 2, 16, 7.919819],
    [8, 2, 128, 8],
    [384, 8, 1, 8],
    [384, 8, 8, 59.522798],
    [384, 8, 64, 284.194393],
    [384, 8, 512, 383.992003],
    [128, 4, 4, 15.265503],
    [128, 4, 32, 81.656923],
    [512, 10, 8, 74.739738],
    [512, 10, 64, 367.112688],
  ]

  it('are those of the golden table', () => {
    for (const [experts, k, tokens, expected] of golden) expect(distinctExperts(experts, k, tokens)).toBeCloseTo(expected, 5)
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

describe('ranks that a token is sent to', () => {
  // Golden table moe_dispatch_dedup.csv of this project: ranks, exact expectation for 256 experts, top 8.
  const golden: readonly (readonly [number, number])[] = [
    [2, 1.993],
    [4, 3.6142],
    [8, 5.2947],
    [16, 6.5233],
    [32, 7.2668],
    [64, 7.6758],
    [128, 7.8902],
    [256, 8],
  ]

  it('are those of the golden table', () => {
    for (const [ranks, expected] of golden) expect(distinctTargets(256, 8, ranks)).toBeCloseTo(expected, 3)
  })

  it('are one on one rank and at most the experts chosen', () => {
    expect(distinctTargets(256, 8, 1)).toBe(1)
    for (const ranks of [2, 4, 64, 256]) expect(distinctTargets(256, 8, ranks)).toBeLessThanOrEqual(8)
  })
})

describe('the fullest rank', () => {
  // Golden table moe_imbalance_uniform.csv of this project: ranks, tokens per rank, largest over mean by formula and by Monte Carlo (256 experts, top 8).
  const golden: readonly (readonly [number, number, number, number])[] = [
    [8, 8, 1.1654, 1.1738],
    [8, 128, 1.0413, 1.0459],
    [16, 32, 1.1056, 1.1078],
    [32, 8, 1.2508, 1.2556],
    [32, 256, 1.0443, 1.0473],
    [64, 64, 1.101, 1.1071],
    [128, 8, 1.3174, 1.345],
    [128, 256, 1.0561, 1.0545],
  ]

  it('has the load of the golden table, within 3 % of the Monte Carlo', () => {
    for (const [ranks, each, formula, sampled] of golden) {
      const load = fullestLoad(256, 8, ranks, each * ranks, 1, fullestDeviation(ranks)) / (each * 8)
      expect(load).toBeCloseTo(formula, 3)
      expect(Math.abs(load / sampled - 1)).toBeLessThan(0.03)
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
          const distinct = fullestDistinct(256, 8, ranks, tokens, deviation)
          expect(distinct).toBeLessThanOrEqual(256 / ranks)
          expect(fullestDistinct(256, 8, ranks, tokens + 1, deviation)).toBeGreaterThanOrEqual(distinct - 1e-9)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })

  it('suffers from popular experts, the more the more ranks there are; redundant copies take nearly all of it away', () => {
    const routing = { ...calibration.routing, exponent: 1.01 }
    expect(popularitySkew(routing, 1, false)).toBe(1)
    expect(popularitySkew(routing, 8, false)).toBeCloseTo(1.712, 3)
    expect(popularitySkew(routing, 64, false)).toBeCloseTo(6.98, 2)
    expect(popularitySkew(routing, 64, true)).toBeLessThan(1.03)
    const ranks = [1, 2, 4, 8, 16, 32, 64, 128]
    const skews = ranks.map((n) => popularitySkew(routing, n, false))
    expect(skews).toEqual([...skews].sort((a, b) => a - b))
    expect(popularitySkew({ ...routing, exponent: 0.45 }, 8, false)).toBeCloseTo((1.106 + 1.298) / 2, 6)
  })
})
