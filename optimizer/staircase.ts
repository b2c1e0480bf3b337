/** Points of the plane of which none is at or above-right of another: ascending in x, strictly descending in y. */
export interface Staircase {
  readonly x: number[]
  readonly y: number[]
}

export function emptyStaircase(): Staircase {
  return { x: [], y: [] }
}

/** Whether some point of the staircase is <= (x, y) in both. O(log n). */
export function covers(stairs: Staircase, x: number, y: number): boolean {
  const after = firstAbove(stairs.x, x)
  return after > 0 && stairs.y[after - 1]! <= y
}

/** Adds a point that is not covered, and drops those it covers. */
export function addStep(stairs: Staircase, x: number, y: number): void {
  let start = firstAbove(stairs.x, x)
  if (start > 0 && stairs.x[start - 1] === x) start--
  let end = start
  while (end < stairs.y.length && stairs.y[end]! >= y) end++
  stairs.x.splice(start, end - start, x)
  stairs.y.splice(start, end - start, y)
}

/** Position of the first element above the value. */
function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
