import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRowCurve, rowSeconds } from '../../../cost-model/compile/row-curve.ts'

const rows = fc.double({ min: 1 / 64, max: 2 ** 24, noNaN: true })

describe('a curve over rows', () => {
  it('is exact for what is linear, beyond its last knot too', () => {
    const curve = makeRowCurve((n) => 3e-6 + 2e-9 * n)
    fc.assert(
      fc.property(fc.double({ min: 1 / 64, max: 2 ** 25, noNaN: true }), (n) => {
        expect(rowSeconds(curve, n) / (3e-6 + 2e-9 * n)).toBeCloseTo(1, 11)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('misses a kink, the worst case, by less than 0.2 %', () => {
    fc.assert(
      fc.property(rows, rows, (kink, n) => {
        for (const at of [n, kink])
          expect(
            rowSeconds(
              makeRowCurve((x) => Math.max(kink, x)),
              at,
            ) / Math.max(kink, at),
          ).toBeLessThan(1.002)
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('is constant below its first knot', () => {
    const curve = makeRowCurve((n) => n)
    expect(rowSeconds(curve, 1e-6)).toBe(1 / 64)
  })
})
