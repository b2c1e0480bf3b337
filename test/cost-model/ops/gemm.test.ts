import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeDevice, productRate } from '../../../cost-model/device.ts'
import { gemmSeconds } from '../../../cost-model/ops/gemm.ts'
import { calibration, catalog } from '../layouts.ts'

const rateOn = (gpu: string, format: string) => productRate(makeDevice(catalog.gpu(gpu), calibration), 'linear', [[format, 1]], format)
const shape = (columns: number, depth: number) => ({ columns, depth, batch: 1 })
const formats = fc.constantFrom('bf16', 'fp8', 'fp8-block', 'nvfp4', 'int4-g128')
const gpus = fc.constantFrom('h100-sxm', 'h20-96gb', 'b200-sxm', 'a100-sxm-80gb', 'l4', 'mi300x', 'tpu-v5p')
const size = fc.integer({ min: 1, max: 40_000 })

describe('a matrix product', () => {
  it('in bf16 on H100 takes its arithmetic about what was measured: AIConfigurator, TensorRT-LLM 1.3.0rc20, cuBLAS', () => {
    // m, n, k and ms: compute-bound rows of the table, launch and memory included, so that ours are a little less.
    for (const [m, n, k, ms] of measured) {
      const ours = gemmSeconds(shape(n, k), m, rateOn('h100-sxm', 'bf16')) * 1e3
      expect(ours / ms, `${m} ${n} ${k}`).toBeGreaterThan(0.85)
      expect(ours / ms, `${m} ${n} ${k}`).toBeLessThan(1.1)
    }
  })

  it('never takes less with more rows, columns or depth, nor two halves of the rows less than the whole', () => {
    const law = fc.property(gpus, formats, size, size, size, size, (gpu, format, rows, columns, depth, more) => {
      const rate = rateOn(gpu, format)
      const seconds = gemmSeconds(shape(columns, depth), rows, rate)
      const slack = 1 - 1e-12
      expect(gemmSeconds(shape(columns, depth), rows + more, rate)).toBeGreaterThanOrEqual(seconds * slack)
      expect(gemmSeconds(shape(columns + more, depth), rows, rate)).toBeGreaterThanOrEqual(seconds * slack)
      expect(gemmSeconds(shape(columns, depth + more), rows, rate)).toBeGreaterThanOrEqual(seconds * slack)
      expect(2 * seconds).toBeGreaterThanOrEqual(gemmSeconds(shape(columns, depth), 2 * rows, rate) * slack)
    })
    fc.assert(law, { seed: 501, numRuns: 300 })
  })

  it('never exceeds the best product anyone measured, and comes near it where it is large', () => {
    const law = fc.property(gpus, formats, size, size, size, (gpu, format, rows, columns, depth) => {
      const rate = rateOn(gpu, format)
      expect(gemmSeconds(shape(columns, depth), rows, rate)).toBeGreaterThanOrEqual(2 * rows * columns * depth * rate.best * (1 - 1e-12))
    })
    fc.assert(law, { seed: 502, numRuns: 300 })
    const large = gemmSeconds(shape(16384, 16384), 16384, rateOn('h100-sxm', 'bf16'))
    expect((2 * 16384 ** 3) / large / 794.5e12).toBeGreaterThan(0.93)
  })

  it('on half of the multiprocessors of the same speed takes longer, by half a wave or more', () => {
    const rate = rateOn('h100-sxm', 'bf16')
    const half = { ...rate, multiprocessors: 66, perFlop: 2 * rate.perFlop, best: 2 * rate.best }
    expect(gemmSeconds(shape(4096, 4096), 512, half)).toBeGreaterThan(1.5 * gemmSeconds(shape(4096, 4096), 512, rate))
  })
})

const measured = [
  [8192, 8192, 8192, 1.4048],
  [4096, 4096, 4096, 0.1743],
  [2048, 10240, 8192, 0.4306],
  [1024, 7168, 8192, 0.1676],
  [16384, 16384, 16384, 12.5229],
  [4096, 6144, 4096, 0.2647],
] as const
