import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paretoFront } from '../../optimizer/pareto.ts'

/** The definition, word for word. */
function bruteForce(costs: Float64Array, dims: number): readonly number[] {
  const points = Array.from({ length: costs.length / dims }, (_, p) => [...costs.subarray(p * dims, (p + 1) * dims)])
  const whole = (p: readonly number[]) => !p.some(Number.isNaN)
  const beats = (a: readonly number[], b: readonly number[]) => a.every((x, d) => x <= b[d]!) && a.some((x, d) => x < b[d]!)
  return points.flatMap((p, i) => (whole(p) && !points.some((q) => whole(q) && beats(q, p)) ? [i] : []))
}

/** Coordinates that tie often, with the odd ones out. */
const tying = fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constantFrom(-0, Number.NaN, Infinity, -Infinity))
const smooth = fc.double({ min: -1, max: 1, noNaN: true })

function pointsOf(dims: number, coordinate: fc.Arbitrary<number>): fc.Arbitrary<Float64Array> {
  return fc
    .array(fc.tuple(...Array.from({ length: dims }, () => coordinate)), { maxLength: 80 })
    .map((points) => Float64Array.from(points.flat()))
}

describe.each([2, 3, 4])('the Pareto front in %i dimensions', (dims) => {
  it('is the set of points that no other point beats, with ties, copies, infinities and missing values', () => {
    fc.assert(
      fc.property(pointsOf(dims, tying), (costs) => {
        expect(paretoFront(costs, dims)).toEqual(bruteForce(costs, dims))
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  it('is that set for points in general position', () => {
    fc.assert(
      fc.property(pointsOf(dims, smooth), (costs) => {
        expect(paretoFront(costs, dims)).toEqual(bruteForce(costs, dims))
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('is every point of a simplex, where nothing beats anything', () => {
    const points = Array.from({ length: 500 }, (_, i) => Array.from({ length: dims - 1 }, (_, d) => (i * (d + 7) * 37) % 101))
    const costs = Float64Array.from(points.flatMap((p) => [...p, -p.reduce((a, b) => a + b, 0)]))
    expect(paretoFront(costs, dims)).toEqual(points.map((_, i) => i))
  })

  it('is empty where there are no points', () => {
    expect(paretoFront(new Float64Array(0), dims)).toEqual([])
  })

  it('leaves the costs as they were', () => {
    const costs = Float64Array.from({ length: 12 }, (_, i) => (i * 5) % 7)
    const before = [...costs]
    paretoFront(costs, dims)
    expect([...costs]).toEqual(before)
  })
})

describe('the Pareto front', () => {
  it('keeps all copies of a front point', () => {
    expect(paretoFront(Float64Array.of(1, 2, 2, 1, 1, 2, 2, 2), 2)).toEqual([0, 1, 2])
  })

  it('keeps one of two points that differ in one coordinate alone', () => {
    expect(paretoFront(Float64Array.of(1, 3, 1, 2), 2)).toEqual([1])
  })

  it('exists in 2, 3 and 4 dimensions', () => {
    expect(() => paretoFront(Float64Array.of(1), 1)).toThrow('no Pareto front in 1 dimensions')
  })
})
