/** A measured curve of seconds over bytes, made monotone, on a grid of powers of two. */
export interface Curve {
  readonly firstLog: number
  /** log2 of seconds at 2^firstLog, 2^(firstLog + 1), ... bytes; never falling. */
  readonly logs: readonly number[]
  /** Largest relative change that monotony made to a measured point. */
  readonly residual: number
}

/** Non-decreasing sequence nearest to the values in squares (pool adjacent violators). */
export function isotonic(values: readonly number[]): readonly number[] {
  const blocks: { mean: number; size: number }[] = []
  for (const value of values) {
    let block = { mean: value, size: 1 }
    for (let last = blocks.at(-1); last !== undefined && last.mean > block.mean; last = blocks.at(-1)) {
      blocks.pop()
      const size = last.size + block.size
      block = { mean: (last.mean * last.size + block.mean * block.size) / size, size }
    }
    blocks.push(block)
  }
  return blocks.flatMap(({ mean, size }) => Array<number>(size).fill(mean))
}

/** Points (bytes ascending, seconds) as a curve: log-log interpolation between them, in log time made monotone. */
export function makeCurve(bytes: readonly number[], seconds: readonly number[]): Curve {
  const sizes = bytes.map(Math.log2)
  const measured = seconds.map(Math.log2)
  const times = isotonic(measured)
  const residual = Math.max(...times.map((t, i) => Math.abs(2 ** (t - measured[i]!) - 1)))
  const firstLog = Math.ceil(sizes[0]!)
  const lastLog = Math.floor(sizes.at(-1)!)
  const logs = Array.from({ length: lastLog - firstLog + 1 }, (_, i) => interpolate(sizes, times, firstLog + i))
  return { firstLog, logs, residual }
}

/** Seconds for so many bytes: constant below the first point, in proportion to bytes beyond the last. */
export function curveSeconds({ firstLog, logs }: Curve, bytes: number): number {
  const at = Math.log2(bytes) - firstLog
  const last = logs.length - 1
  if (at <= 0) return 2 ** logs[0]!
  if (at >= last) return 2 ** (logs[last]! + at - last)
  const i = Math.floor(at)
  return 2 ** (logs[i]! + (at - i) * (logs[i + 1]! - logs[i]!))
}

function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  const above = xs.findIndex((value) => value >= x)
  if (above <= 0) return ys[Math.max(0, above)]!
  const [x0, x1, y0, y1] = [xs[above - 1]!, xs[above]!, ys[above - 1]!, ys[above]!]
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)
}
