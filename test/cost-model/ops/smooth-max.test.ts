import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smoothMax, smoothShare } from '../../../cost-model/ops/smooth-max.ts'

const seconds = fc.double({ min: 0, max: 1, noNaN: true })
const exponents = fc.option(fc.double({ min: 1, max: 20, noNaN: true }), { nil: undefined })

describe('the smooth maximum', () => {
  it('lies between the larger of two times and their sum, and never falls with either', () => {
    const law = fc.property(seconds, seconds, seconds, exponents, (a, b, more, exponent) => {
      const both = smoothMax(a, b, exponent)
      expect(both).toBeGreaterThanOrEqual(Math.max(a, b))
      expect(both).toBeLessThanOrEqual((a + b) * (1 + 1e-12))
      expect(smoothMax(a + more, b, exponent)).toBeGreaterThanOrEqual(both * (1 - 1e-12))
      expect(smoothMax(b, a, exponent)).toBe(both)
    })
    fc.assert(law, { seed: 511, numRuns: 300 })
  })

  it('is the sum where nothing overlaps, the larger where all does, and the root of the squares between', () => {
    expect(smoothMax(3, 4, 1)).toBe(7)
    expect(smoothMax(3, 4, undefined)).toBe(4)
    expect(smoothMax(3, 4, 2)).toBeCloseTo(5, 12)
    expect(smoothMax(0, 0, 2)).toBe(0)
  })

  it('is shared out so that both parts make the whole: by the squares for an exponent of two', () => {
    expect(smoothShare(3, 4, 2)).toBeCloseTo(9 / 25, 12)
    expect(smoothShare(3, 4, 1)).toBeCloseTo(3 / 7, 12)
    expect(smoothShare(4, 3, undefined)).toBe(1)
    expect(smoothShare(3, 4, undefined)).toBe(0)
    const law = fc.property(seconds, seconds, exponents, (a, b, exponent) => {
      fc.pre(a > 0 && b > 0 && a !== b)
      expect(smoothShare(a, b, exponent) + smoothShare(b, a, exponent)).toBeCloseTo(1, 12)
    })
    fc.assert(law, { seed: 512, numRuns: 200 })
  })
})
