import { knotAt, knots, rowsOfKnot } from '../compile/row-curve.ts'
import type { Rate } from '../device.ts'
import type { Linear } from '../graph.ts'
import type { Kernel } from '../work.ts'
import { type GemmShape, gemmSeconds } from './gemm.ts'
import { linearWork } from './linear.ts'
import { smoothMax, smoothShare } from './smooth-max.ts'

/** Kernels by what their time depends on, for the rate of each device, family and format: layouts of a sweep share most shapes. */
const known = new WeakMap<Rate, Map<string, Kernel>>()

/** A product's time depends on its rows alone: worked out at the knots of a grid, once each when first asked for, and between them linear. */
export function linearKernel(op: Linear, rate: Rate): Kernel {
  const { dims, activations } = op
  const kernels = known.get(rate) ?? new Map<string, Kernel>()
  known.set(rate, kernels)
  const key = `${dims.in} ${dims.out} ${dims.weight} ${activations}`
  const kernel = kernels.get(key) ?? tabled(op, rate)
  kernels.set(key, kernel)
  return kernel
}

function tabled(op: Linear, rate: Rate): Kernel {
  const shape = gemmShape(op)
  const { fixed, read, write } = linearWork(op)
  const { perByte, floor, source } = rate
  const exponent = source?.row.exponent
  const seconds = new Float64Array(knots).fill(Number.NaN)
  const computed = new Float64Array(knots)
  const fill = (k: number) => {
    const rows = rowsOfKnot(k)
    const compute = gemmSeconds(shape, rows, rate)
    const memory = (fixed + rows * (read + write)) * perByte
    seconds[k] = smoothMax(compute, memory, exponent)
    computed[k] = seconds[k]! * smoothShare(compute, memory, exponent)
  }
  return (rows, _counts, _done, parts) => {
    const along = knotAt(rows)
    const k = Math.min(knots - 2, Math.floor(along))
    if (Number.isNaN(seconds[k]!)) fill(k)
    if (Number.isNaN(seconds[k + 1]!)) fill(k + 1)
    const all = seconds[k]! + (along - k) * (seconds[k + 1]! - seconds[k]!)
    const compute = computed[k]! + (along - k) * (computed[k + 1]! - computed[k]!)
    parts[0] = compute
    parts[1] = all - compute
    parts[2] = floor
  }
}

/** One product per head has fewer inputs and outputs than its weights would join. */
function gemmShape({ dims }: Linear): GemmShape {
  const batch = Math.max(1, (dims.in * dims.out) / dims.weight)
  return { columns: dims.out / batch, depth: dims.in / batch, batch }
}
