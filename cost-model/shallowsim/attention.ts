import type { ShallowParameters } from './parameters.ts'
import { mib, type Rates } from './rates.ts'

/** GFLOP of matrix products, and of the attention core, of one layer's MLA. */
interface Gflop {
  readonly products: number
  readonly core: number
}

const gflop = (macs: number) => (2 * macs) / 1e9

/** One prompt, without absorbed projections. Attention counts as if not causal (defect 6), a prefix hit spares the KV projection alone (8). */
export function prefillMla({ model, setting }: ShallowParameters): Gflop {
  const { hidden, heads, qLoraRank, kvLoraRank, qkNope, qkRope, vHeadDim } = model
  const { seqLen, kvCacheRate } = setting
  const query = seqLen * hidden * qLoraRank + seqLen * qLoraRank * heads * (qkNope + qkRope)
  const cache = seqLen * hidden * (kvLoraRank + qkRope) * (1 - kvCacheRate)
  const keysAndValues = seqLen * kvLoraRank * heads * (qkNope + vHeadDim)
  const scores = heads * seqLen * seqLen * (qkRope + qkNope + vHeadDim)
  return { products: gflop(query + cache + keysAndValues), core: gflop(scores + seqLen * heads * vHeadDim * hidden) }
}

/** One token of each of `batch` requests, projections absorbed; the context stays at the prompt's length (defect 10). */
export function decodeMla({ model, setting }: ShallowParameters, batch: number): Gflop {
  const { hidden, heads, qLoraRank, kvLoraRank, qkNope, qkRope, vHeadDim } = model
  const query = hidden * qLoraRank + qLoraRank * heads * qkRope + heads * (qLoraRank * qkNope + qkNope * kvLoraRank)
  const scores = heads * setting.seqLen * (qkRope + kvLoraRank + kvLoraRank)
  const output = heads * vHeadDim * kvLoraRank + heads * vHeadDim * hidden
  return { products: batch * gflop(query), core: batch * gflop(scores + output) }
}

/** ms on one GPU. With FP4 the weights are not read and the products run undiscounted (defect 3); else both times add up (5). */
export function mlaTime({ mlaDiscount, mib: { mlaWeights } }: ShallowParameters, { products, core }: Gflop, rates: Rates): number {
  const attention = core / rates.fp16 / mlaDiscount
  if (rates.fp4 > 0) return products / rates.fp4 + attention
  return products / rates.fp8 / mlaDiscount + attention + mlaWeights / rates.memory
}

/** ms over `tp` GPUs that end in an all-reduce of `tokens`, whose volume does not depend on `tp` (defect 7). */
export function parallelMla({ model, ms }: ShallowParameters, whole: number, tokens: number, tp: number, rates: Rates): number {
  if (tp === 1) return whole + ms.attention
  return whole / tp + (tokens * model.hidden * 2) / mib / rates.nvlink + ms.allReduce + ms.attention
}
