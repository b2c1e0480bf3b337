import { addStep, covers, emptyStaircase } from './staircase.ts'

/**
 * Positions, ascending, of the points that no other point beats: none is <= in every coordinate and < in one. `costs` holds `dims`
 * (2, 3 or 4) coordinates per point, less is better. Exact.
 *
 * Equal points do not beat each other: all copies of a front point are returned. A point with a NaN is never returned and beats
 * nothing. Infinities are ordinary numbers; 0 and -0 are equal.
 *
 * O(n log n) in two and three dimensions (insertion into the staircase apart), O(n log^2 n) in four: H. T. Kung, F. Luccio and
 * F. P. Preparata, "On finding the maxima of a set of vectors", J. ACM 22(4), 1975.
 */
export function paretoFront(costs: Float64Array, dims: number): readonly number[] {
  const sorted = sortedPoints(costs, dims)
  const unique = sorted.filter((p, i) => i === 0 || compare(costs, dims, sorted[i - 1]!, p) !== 0)
  const best = new Set(frontOf(costs, dims, unique))
  const front: number[] = []
  let kept = false
  for (const [i, p] of sorted.entries()) {
    if (i === 0 || compare(costs, dims, sorted[i - 1]!, p) !== 0) kept = best.has(p)
    if (kept) front.push(p)
  }
  return front.sort((a, b) => a - b)
}

/** Complete points in lexicographic order: then none is beaten by one that comes after it. */
function sortedPoints(costs: Float64Array, dims: number): readonly number[] {
  const points: number[] = []
  for (let p = 0; p * dims < costs.length; p++) {
    let whole = true
    for (let d = 0; d < dims; d++) whole &&= !Number.isNaN(costs[p * dims + d])
    if (whole) points.push(p)
  }
  return points.sort((a, b) => compare(costs, dims, a, b))
}

function compare(costs: Float64Array, dims: number, a: number, b: number): number {
  for (let d = 0; d < dims; d++) {
    const [x, y] = [costs[a * dims + d]!, costs[b * dims + d]!]
    if (x < y) return -1
    if (x > y) return 1
  }
  return 0
}

/** Of different points in lexicographic order those that no earlier one is <= in every coordinate. */
function frontOf(costs: Float64Array, dims: number, points: readonly number[]): readonly number[] {
  switch (dims) {
    case 2:
      return front2(costs, points)
    case 3:
      return front3(costs, points)
    case 4:
      return front4(costs, points)
    default:
      throw new Error(`no Pareto front in ${dims} dimensions`)
  }
}

function front2(costs: Float64Array, points: readonly number[]): readonly number[] {
  let lowest: number | undefined
  return points.filter((p) => {
    const y = costs[p * 2 + 1]!
    const better = lowest === undefined || y < lowest
    if (better) lowest = y
    return better
  })
}

function front3(costs: Float64Array, points: readonly number[]): readonly number[] {
  const stairs = emptyStaircase()
  return points.filter((p) => {
    const [y, z] = [costs[p * 3 + 1]!, costs[p * 3 + 2]!]
    if (covers(stairs, y, z)) return false
    addStep(stairs, y, z)
    return true
  })
}

/** The front of the first half, and what it leaves of the front of the second. */
function front4(costs: Float64Array, points: readonly number[]): readonly number[] {
  if (points.length < 2) return points
  const middle = points.length >> 1
  const before = front4(costs, points.slice(0, middle))
  const after = front4(costs, points.slice(middle))
  return [...before, ...unbeaten(costs, before, after)]
}

/** Points of `after` that none of `before` beats, given that the first coordinates of `before` are all <= those of `after`. */
function unbeaten(costs: Float64Array, before: readonly number[], after: readonly number[]): readonly number[] {
  const second = (p: number) => costs[p * 4 + 1]!
  const [sweep, asked] = [before, after].map((points) => points.toSorted((a, b) => second(a) - second(b) || a - b))
  const stairs = emptyStaircase()
  const beaten = new Set<number>()
  let next = 0
  for (const q of asked!) {
    for (; next < sweep!.length && second(sweep![next]!) <= second(q); next++) {
      const p = sweep![next]!
      const [z, w] = [costs[p * 4 + 2]!, costs[p * 4 + 3]!]
      if (!covers(stairs, z, w)) addStep(stairs, z, w)
    }
    if (covers(stairs, costs[q * 4 + 2]!, costs[q * 4 + 3]!)) beaten.add(q)
  }
  return after.filter((q) => !beaten.has(q))
}
