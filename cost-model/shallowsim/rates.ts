import type { ShallowGpu, ShallowParameters } from './parameters.ts'

/**
 * Units of ShallowSim: a GFLOP over TFLOP/s is a millisecond; it calls a MiB over GB/s one too, 4.6 % short (defect 4). Its defects are
 * kept, and numbered as in test/seeds/shallowsim-defects.test.ts, which shows the right behaviour.
 */
export const mib = 2 ** 20
export const gib = 2 ** 30

/** What it reckons with: peaks times its discount. TFLOP/s and GB/s. */
export interface Rates {
  readonly fp16: number
  readonly fp8: number
  /** 0: the GPU has none. */
  readonly fp4: number
  /** FP4 where there is one, else FP8. */
  readonly low: number
  readonly memory: number
  readonly nvlink: number
  readonly pcie: number
}

/** In prefill some multiprocessors are kept for communication, in decode none. */
export function ratesOf({ setting }: ShallowParameters, gpu: ShallowGpu, phase: 'prefill' | 'decode'): Rates {
  const { discount } = setting
  const part = phase === 'prefill' ? (gpu.sm - gpu.communicationSm) / gpu.sm : 1
  const [fp16, fp8, fp4] = [gpu.fp16, gpu.fp8, gpu.fp4].map((peak) => peak * discount * part) as [number, number, number]
  const [memory, nvlink, pcie] = [gpu.memoryBandwidth, gpu.nvlink, gpu.pcie].map((peak) => peak * discount) as [number, number, number]
  return { fp16, fp8, fp4, low: fp4 > 0 ? fp4 : fp8, memory, nvlink, pcie }
}

/** Share of FLOP/s by tokens of an expert group, at the power of two above them. */
export function expertDiscount({ expertDiscount: tables }: ShallowParameters, gpu: ShallowGpu, tokens: number): number {
  const table = tables[gpu.expertDiscount]
  const key = 2 ** (Math.floor(tokens) === 0 ? 0 : Math.floor(Math.log2(Math.floor(tokens))) + 1)
  return (table.find(([most]) => key <= most) ?? table.at(-1)!)[1]
}

/** GFLOP of a gated feed-forward part over `tokens`. */
export function mlpGflop(tokens: number, hidden: number, intermediate: number): number {
  return (3 * tokens * hidden * intermediate * 2) / 1e9
}
