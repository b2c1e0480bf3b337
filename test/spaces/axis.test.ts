import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Axis, axisValues, factorAxis, listAxis, stepAxis } from '../../spaces/axis.ts'

describe('axes', () => {
  it('lists ranges up to and including their end', () => {
    expect(axisValues(stepAxis(1, 9, 4))).toEqual([1, 5, 9])
    expect(axisValues(stepAxis(1, 8, 4))).toEqual([1, 5])
    expect(axisValues(factorAxis(1, 64, 4))).toEqual([1, 4, 16, 64])
    expect(axisValues(factorAxis(1, 10, 1.5))).toEqual([1, 2, 3, 5, 8])
    expect(axisValues(stepAxis(9, 1, 1))).toEqual([])
    expect(axisValues(factorAxis(9, 1, 2))).toEqual([])
  })

  it('finds its own values at their index, and no others', () => {
    const range = fc.record({ from: fc.integer({ min: 1, max: 50 }), length: fc.nat({ max: 40 }), by: fc.integer({ min: 1, max: 7 }) })
    const axes: fc.Arbitrary<Axis<number>> = fc.oneof(
      range.map(({ from, length, by }) => stepAxis(from, from + length, by)),
      range.map(({ from, length, by }) => factorAxis(from, from + length, by + 0.3)),
      fc.array(fc.integer({ min: 1, max: 99 })).map(listAxis),
    )
    fc.assert(
      fc.property(axes, fc.integer({ min: -5, max: 120 }), (axis, value) => {
        const values = axisValues(axis)
        expect(values.map(axis.indexOf)).toEqual(values.map((_, i) => i))
        expect(axis.indexOf(value)).toBe(values.indexOf(value))
        expect(axis.indexOf(value + 0.5)).toBe(-1)
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})
