import type { Rate } from '../device.ts'
import type { Expert } from '../graph.ts'
import type { Kernel } from '../work.ts'
import { activationBytes, inputBytes, storedBytes } from './linear.ts'
import { smoothMax, smoothShare } from './smooth-max.ts'

/** Multiprocessors at which a row of the calibration states what an active expert costs. */
const reference = 132

/** Bytes moved per element of a token and expert around the products: gathered, and scattered and added up, in 16 bits each. */
const permuted = 8

/**
 * Grouped products of the experts that a rank holds. The busiest expert holds up the rest, by a power of how much it has over the mean;
 * each expert in use has tiles that are not full; tokens are sorted, gathered by expert and added up again. `hottest`: chance that a
 * token chooses the most popular one. Reads pairs and experts in use from behind the work in `done`.
 */
export function expertKernel(op: Expert, hottest: number, rate: Rate): Kernel<unknown> {
  const { weight, experts, redundant, topK } = op.dims
  const { perFlop, perByte, floor, perDoubling, bandwidth, multiprocessors = reference, source } = rate
  const { exponent, perExpert = 0, permute = 0, hot = 0 } = source!.row
  const expertBytes = weight * storedBytes(op.formats)
  // Gate, up and down products meet between the model's width and the expert's own.
  const inner = weight / (op.dims.in + op.dims.in + op.dims.out)
  const rowBytes = op.dims.in * inputBytes(op.formats, op.activations) + op.dims.out * activationBytes + 6 * inner
  const crowd = hot === 0 ? 1 : Math.max(1, (hottest * (experts + redundant)) / topK) ** hot
  const perPair = 2 * weight * perFlop * crowd
  const filling = (perExpert * reference) / multiprocessors
  const moving = (permute * permuted * op.dims.in) / bandwidth
  return (tokens, _, done, parts) => {
    const [pairs, active] = [done[3]!, done[4]!]
    const compute = pairs * perPair
    const memory = (active * expertBytes + pairs * rowBytes) * perByte + active * filling
    const both = smoothMax(compute, memory, exponent)
    parts[0] = both * smoothShare(compute, memory, exponent)
    parts[1] = both - parts[0]! + pairs * moving
    parts[2] = perDoubling === 0 ? floor : floor + perDoubling * Math.log2(1 + tokens)
  }
}
