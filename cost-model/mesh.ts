/**
 * How a tensor lies on the ranks of a stage along one digit of their numbers.
 * replicated: every rank has it; partial: it is the sum over ranks; unscaled: a sum whose softmax weights still differ per rank;
 * context: every rank has the queries and its part of the keys; gathered: its part of the queries and every key they need;
 * the others: each rank has its part of that dimension.
 */
export type Place =
  | 'replicated'
  | 'partial'
  | 'unscaled'
  | 'context'
  | 'gathered'
  | 'batch'
  | 'sequence'
  | 'heads'
  | 'hidden'
  | 'vocab'
  | 'expert'

export interface Digit {
  /** For people; two placements are compared by their ranks alone. */
  readonly axis: string
  readonly size: number
  readonly place: Place
}

/**
 * Digits of the rank number within a stage, outermost first. Views of the same ranks (attention, dense FFN, experts) are other ways
 * to write the same digits, so placements of different views compare.
 */
export type Placement = readonly Digit[]

/** Neighbouring ranks over which two placements are constant; `stride` ranks from one to the next. */
export interface Run {
  readonly axis: string
  readonly size: number
  readonly stride: number
  readonly from: Place
  readonly to: Place
}

/** The placement without digits of one and with equal neighbours joined. */
function merge(placement: Placement): Digit[] {
  const merged: Digit[] = []
  for (const digit of placement) {
    const last = merged.at(-1)
    if (digit.size === 1) continue
    if (last?.place === digit.place) {
      const axis = last.axis === digit.axis ? last.axis : `${last.axis} x ${digit.axis}`
      merged[merged.length - 1] = { axis, size: last.size * digit.size, place: last.place }
    } else merged.push(digit)
  }
  return merged
}

/** Common runs of two placements, innermost first; undefined where their digits do not align. */
export function refine(a: Placement, b: Placement): readonly Run[] | undefined {
  const [left, right] = [merge(a), merge(b)]
  const runs: Run[] = []
  let stride = 1
  let [p, q] = [left.pop(), right.pop()]
  while (p !== undefined && q !== undefined) {
    const size = Math.min(p.size, q.size)
    if (p.size % size !== 0 || q.size % size !== 0) return undefined
    runs.push({ axis: p.axis, size, stride, from: p.place, to: q.place })
    stride *= size
    p = p.size === size ? left.pop() : { ...p, size: p.size / size }
    q = q.size === size ? right.pop() : { ...q, size: q.size / size }
  }
  return p === undefined && q === undefined ? runs : undefined
}

/** Equal on every rank, whatever the digits are called and wherever equal neighbours were joined. */
export function samePlacement(a: Placement, b: Placement): boolean {
  return a === b || (refine(a, b)?.every((run) => run.from === run.to) ?? false)
}

/** [outer digits, digits of the innermost `width` ranks]; undefined where `width` cuts a digit unevenly. */
export function splitAt(placement: Placement, width: number): readonly [Placement, Placement] | undefined {
  const digits = merge(placement)
  let left = width
  for (let i = digits.length - 1; i >= 0 && left > 1; i--) {
    const digit = digits[i]!
    if (digit.size > left) {
      if (digit.size % left !== 0) return undefined
      const outer = { ...digit, size: digit.size / left }
      return [
        [...digits.slice(0, i), outer],
        [{ ...digit, size: left }, ...digits.slice(i + 1)],
      ]
    }
    if (left % digit.size !== 0) return undefined
    left /= digit.size
    if (left === 1) return [digits.slice(0, i), digits.slice(i)]
  }
  return left === 1 ? [digits, []] : undefined
}

/** The placement with the `size` ranks that are `stride` apart placed anew; asking for ranks that are not whole digits is a bug. */
export function replace(placement: Placement, group: { readonly size: number; readonly stride: number }, place: Place): Placement {
  const inner = splitAt(placement, group.stride)
  const middle = inner && splitAt(inner[0], group.size)
  if (!inner || !middle) throw new Error(`no group of ${group.size} ranks ${group.stride} apart in ${showPlacement(placement)}`)
  return [...middle[0], ...middle[1].map((digit) => ({ ...digit, place })), ...inner[1]]
}

/** Ranks that hold parts of the tokens rather than the same ones. */
export function tokenShards(placement: Placement): number {
  return placement.reduce((n, d) => (d.place === 'batch' || d.place === 'sequence' ? n * d.size : n), 1)
}

export function showPlacement(placement: Placement): string {
  const shown = merge(placement).map((d) => `${d.axis}${d.size}:${d.place}`)
  return shown.length === 0 ? 'one rank' : shown.join(' ')
}
