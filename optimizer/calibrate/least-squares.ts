/** Where a constant may lie, and by how much it is changed to see what that does: in proportion, or (`log` false) by parts of the range. */
export interface Bound {
  readonly least: number
  readonly most: number
  readonly log: boolean
}

export interface Fitted {
  readonly values: readonly number[]
  /** Mean absolute residual. */
  readonly loss: number
}

const mostSteps = 30
/** Residuals well below this are as good as none: the loss is smooth there. */
const smooth = 0.02
const nudge = 1e-3

/**
 * Values within bounds for which the residuals are least in the sum of their sizes: least squares weighted anew by 1 / |residual|, each
 * step damped (Levenberg 1944, Marquardt 1963) and cut off at the bounds. Deterministic; `start` is clamped into the bounds.
 */
export function fitBounded(
  start: readonly number[],
  bounds: readonly Bound[],
  residuals: (values: readonly number[]) => Float64Array,
  steps = mostSteps,
): Fitted {
  const [to, from] = [(values: readonly number[]) => values.map((v, i) => scaled(v, bounds[i]!)), unscaledBy(bounds)]
  let at = to(start).map(clamp)
  let now = residuals(from(at))
  let loss = lossOf(now)
  let damping = 1e-2
  for (let step = 0; step < steps && damping < 1e8; step++) {
    const slopes = at.map((x, i) => slope(at, i, x, now, (values) => residuals(from(values))))
    const held = heldBack(at, now, slopes)
    let better = false
    while (!better && damping < 1e8) {
      const next = at.map(clamp)
      const move = solve(now, slopes, held, damping)
      for (let i = 0; i < next.length; i++) next[i] = clamp(at[i]! + move[i]!)
      const then = residuals(from(next))
      const found = lossOf(then)
      better = found < loss * (1 - 1e-6)
      damping = better ? Math.max(1e-6, damping / 4) : damping * 4
      if (better) [at, now, loss] = [next, then, found]
    }
  }
  return { values: from(at), loss: meanSize(now) }
}

/** From 0 at the lower bound to 1 at the upper. */
function scaled(value: number, { least, most, log }: Bound): number {
  return log ? Math.log(Math.max(value, least) / least) / Math.log(most / least) : (value - least) / (most - least)
}

function unscaledBy(bounds: readonly Bound[]): (at: readonly number[]) => readonly number[] {
  return (at) => at.map((x, i) => value(x, bounds[i]!))
}

function value(x: number, { least, most, log }: Bound): number {
  return log ? least * (most / least) ** x : least + x * (most - least)
}

function clamp(x: number): number {
  return Math.min(1, Math.max(0, x))
}

function weight(residual: number): number {
  return 1 / Math.sqrt(residual * residual + smooth * smooth)
}

function lossOf(residuals: Float64Array): number {
  let sum = 0
  for (const r of residuals) sum += Math.sqrt(r * r + smooth * smooth) - smooth
  return sum / residuals.length
}

export function meanSize(residuals: Float64Array): number {
  return residuals.reduce((sum, r) => sum + Math.abs(r), 0) / residuals.length
}

function slope(
  at: readonly number[],
  i: number,
  x: number,
  now: Float64Array,
  residuals: (at: readonly number[]) => Float64Array,
): Float64Array {
  const by = x + nudge > 1 ? -nudge : nudge
  return residuals(at.map((other, j) => (j === i ? x + by : other))).map((r, n) => (r - now[n]!) / by)
}

/** Values at a bound that the loss would push beyond it. */
function heldBack(at: readonly number[], now: Float64Array, slopes: readonly Float64Array[]): readonly boolean[] {
  return at.map((x, i) => {
    let gradient = 0
    for (let n = 0; n < now.length; n++) gradient += weight(now[n]!) * now[n]! * slopes[i]![n]!
    return (x <= 0 && gradient > 0) || (x >= 1 && gradient < 0)
  })
}

/** The damped step of weighted least squares; 0 for what is held back. */
function solve(now: Float64Array, slopes: readonly Float64Array[], held: readonly boolean[], damping: number): readonly number[] {
  const free = slopes.flatMap((_, i) => (held[i] ? [] : [i]))
  const sum = (f: (n: number) => number) => {
    let total = 0
    for (let n = 0; n < now.length; n++) total += weight(now[n]!) * f(n)
    return total / now.length
  }
  const matrix = free.map((i) => free.map((j) => sum((n) => slopes[i]![n]! * slopes[j]![n]!)))
  const right = free.map((i) => -sum((n) => slopes[i]![n]! * now[n]!))
  for (let i = 0; i < free.length; i++) matrix[i]![i]! += damping * (matrix[i]![i]! + 1e-9)
  const found = gauss(matrix, right)
  const move = slopes.map(() => 0)
  free.forEach((i, k) => {
    move[i] = found[k]!
  })
  return move
}

/** Solution of a small system, by elimination with pivots; overwrites both. */
function gauss(matrix: number[][], right: number[]): readonly number[] {
  const n = right.length
  for (let i = 0; i < n; i++) {
    let pivot = i
    for (let j = i + 1; j < n; j++) if (Math.abs(matrix[j]![i]!) > Math.abs(matrix[pivot]![i]!)) pivot = j
    ;[matrix[i], matrix[pivot]] = [matrix[pivot]!, matrix[i]!]
    ;[right[i], right[pivot]] = [right[pivot]!, right[i]!]
    for (let j = i + 1; j < n; j++) {
      const factor = matrix[j]![i]! / matrix[i]![i]!
      for (let k = i; k < n; k++) matrix[j]![k]! -= factor * matrix[i]![k]!
      right[j]! -= factor * right[i]!
    }
  }
  const x = Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    let rest = right[i]!
    for (let j = i + 1; j < n; j++) rest -= matrix[i]![j]! * x[j]!
    x[i] = rest / matrix[i]![i]!
  }
  return x
}
