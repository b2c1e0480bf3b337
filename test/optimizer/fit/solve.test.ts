import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Known, solve } from '../../../optimizer/fit/solve.ts'

const free = (n: number): Known => ({
  mean: Array(n).fill(0),
  spread: Array(n).fill(1e3),
  least: Array(n).fill(-10),
  most: Array(n).fill(10),
})

/** Residuals of y = a + b x against points. */
const line = (points: readonly (readonly [number, number])[]) => ({
  at: [0, 0],
  residuals: points.map(([x, y]) => ({ value: -y, slopes: [1, x], places: [0, 1], error: 0.1 })),
})

describe('bounded robust least squares', () => {
  it('finds the line that points lie on, whatever one wild point says', () => {
    const law = fc.property(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true }), (a, b) => {
      const points = Array.from({ length: 20 }, (_, i) => [i / 10, a + (b * i) / 10] as const)
      const [exact, wild] = [solve(line(points), free(2)), solve(line([...points, [1, 50]]), free(2))]
      for (const [i, value] of [a, b].entries()) {
        expect(exact[i]).toBeCloseTo(value, 4)
        expect(Math.abs(wild[i]! - value)).toBeLessThan(0.05)
      }
    })
    fc.assert(law, { seed: 5, numRuns: 50 })
  })

  it('keeps to bounds, and stays near what is known beforehand where there is little to see', () => {
    const points = Array.from({ length: 20 }, (_, i) => [i / 10, 5 + i / 10] as const)
    expect(solve(line(points), { ...free(2), most: [2, 10] })[0]).toBe(2)
    const shrunk = solve(line([[0, 0.2]]), { ...free(2), spread: [0.1, 1] })
    expect(shrunk[0]).toBeCloseTo(0.1, 3)
    expect(shrunk[1]).toBeCloseTo(0, 9)
  })

  it('moves parameters that share no residual independently of each other', () => {
    const [both] = [
      line([
        [0, 1],
        [1, 2],
      ]),
    ]
    const second = both.residuals.map((residual) => ({ ...residual, places: [2, 3], value: 2 * residual.value }))
    const found = solve({ at: [0, 0, 0, 0], residuals: [...both.residuals, ...second] }, free(4))
    for (const [i, value] of [1, 1, 2, 2].entries()) expect(found[i]).toBeCloseTo(value, 3)
  })
})
