import { describe, expect, it } from 'vitest'
import { type Bound, fitBounded } from '../../../optimizer/calibrate/least-squares.ts'

/** ln of floor + the longer of work and bytes, as an op's time is: three constants, from points over five decades. */
const points = Array.from({ length: 200 }, (_, i) => ({ flops: 10 ** ((i % 20) / 4), bytes: 10 ** (((i * 7) % 20) / 4) }))
const model = ([compute, memory, floor]: readonly number[]) =>
  points.map(({ flops, bytes }) => Math.log(floor! + Math.max(flops / compute!, bytes / memory!)))
const bounds: readonly Bound[] = [
  { least: 0.05, most: 1, log: true },
  { least: 0.05, most: 1, log: true },
  { least: 0, most: 100, log: false },
]
const truth = [0.4, 0.7, 12]
const target = model(truth)
const residuals = (spoilt: ReadonlySet<number>) => (values: readonly number[]) =>
  Float64Array.from(model(values), (value, i) => value - target[i]! - (spoilt.has(i) ? 2 : 0))

describe('a bounded fit', () => {
  it('finds the constants that made the data, whatever it starts from', () => {
    for (const start of [
      [0.9, 0.1, 1],
      [0.05, 1, 90],
      [5, -1, 1e4],
    ]) {
      const { values, loss } = fitBounded(start, bounds, residuals(new Set()), 60)
      values.forEach((value, i) => {
        expect(value / truth[i]!).toBeCloseTo(1, 3)
      })
      expect(loss).toBeLessThan(1e-3)
    }
  })

  it('is hardly moved by a tenth of the points that are far off', () => {
    const far = new Set(points.flatMap((_, i) => (i % 10 === 3 ? [i] : [])))
    const { values } = fitBounded([0.9, 0.1, 1], bounds, residuals(far), 60)
    values.forEach((value, i) => {
      expect(Math.abs(value / truth[i]! - 1)).toBeLessThan(0.03)
    })
  })

  it('stays within the bounds, at one where the best lies beyond it', () => {
    const narrow = [bounds[0]!, { least: 0.05, most: 0.5, log: true }, bounds[2]!]
    const { values } = fitBounded([0.3, 0.3, 1], narrow, residuals(new Set()))
    expect(values[1]).toBe(0.5)
    expect(fitBounded([0.3, 0.3, 1], narrow, residuals(new Set())).values).toEqual(values)
  })
})
