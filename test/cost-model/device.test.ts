import { describe, expect, it } from 'vitest'
import { kernelRate, makeDevice, productMath, productRate } from '../../cost-model/device.ts'
import { calibration, catalog } from './layouts.ts'

const device = (gpu: string) => makeDevice(catalog.gpu(gpu), calibration)
const whole = (name: string) => [[name, 1]] as const

describe('a device', () => {
  it('multiplies at the rate that was measured on it: 794.5 of 989 TFLOP/s on H100 (MAMF)', () => {
    expect(1 / productRate(device('h100-sxm'), 'linear', whole('bf16'), 'bf16').perFlop / 1e12).toBeCloseTo(794.5, 1)
    expect(1 / productRate(device('h100-sxm'), 'linear', whole('fp8'), 'fp8').best / 1e12).toBeCloseTo(1402.6, 1)
  })

  it('that nobody measured takes the ceiling of its generation, and one of an unknown generation a stated default', () => {
    expect(1 / productRate(device('h800-sxm'), 'linear', whole('bf16'), 'bf16').perFlop / 989e12).toBeCloseTo(0.803, 3)
    expect(1 / productRate(device('tpu-v5p'), 'linear', whole('bf16'), 'bf16').perFlop / 459e12).toBeCloseTo(0.6, 6)
    expect(device('h800-sxm').pedigree).toBe('fitted')
    expect(device('rubin-vr200-nvl72').pedigree).toBe('derived')
    expect(device('tpu-v5p').pedigree).toBe('datasheet')
  })

  it('computes in the wider of the formats of weights and activations, or in what it has', () => {
    expect(productMath('fp8', 'fp8')).toBe('fp8')
    expect(productMath('fp8', 'bf16')).toBe('bf16')
    expect(productMath('nvfp4', 'fp8')).toBe('fp8')
    expect(productMath('nvfp4', 'nvfp4')).toBe('fp4')
    expect(productMath('int4-g128', 'fp8')).toBe('bf16')
    expect(productMath('bf16', 'nvfp4')).toBe('bf16')
    const a100 = device('a100-sxm-80gb')
    expect(productRate(a100, 'linear', whole('fp8'), 'fp8').perFlop).toBeGreaterThan(
      productRate(device('h100-sxm'), 'linear', whole('fp8'), 'fp8').perFlop,
    )
    expect(1 / productRate(device('v100-sxm2-32gb'), 'linear', whole('bf16'), 'bf16').perFlop).toBeGreaterThan(60e12)
  })

  it('gives weights of two formats the time of each for its share', () => {
    const gpu = device('b200-sxm')
    const rate = (formats: readonly (readonly [string, number])[]) => productRate(gpu, 'linear', formats, 'nvfp4').perFlop
    const mixed = rate([
      ['nvfp4', 0.75],
      ['bf16', 0.25],
    ])
    expect(mixed).toBeCloseTo(0.75 * rate(whole('nvfp4')) + 0.25 * rate(whole('bf16')), 20)
  })
})

describe('every GPU of the catalogue', () => {
  it('has a rate for every family of kernels, none above its peaks', () => {
    for (const id of catalog.list('gpu')) {
      const gpu = device(id)
      for (const family of ['attention', 'mla', 'indexer', 'scan', 'pointwise', 'kv-update', 'route', 'sample'] as const) {
        for (const phase of ['prefill', 'decode'] as const) {
          for (const name of ['bf16', 'fp8', 'fp32']) {
            const { perByte, perFlop, floor } = kernelRate(gpu, family, phase, name)
            expect(perByte, `${id} ${family}`).toBeGreaterThanOrEqual(1 / gpu.bandwidth)
            expect(perFlop).toBeGreaterThan(0)
            expect(floor).toBeGreaterThan(0)
          }
        }
      }
      for (const name of ['bf16', 'fp8', 'fp8-block', 'nvfp4', 'mxfp4', 'int4-g32', 'awq', 'int8']) {
        expect(productRate(gpu, 'expert', whole(name), 'bf16').perFlop).toBeGreaterThan(0)
        expect(productRate(gpu, 'linear', whole(name), name).perByte).toBeGreaterThanOrEqual(1 / gpu.bandwidth)
      }
    }
  })
})

describe('the calibration', () => {
  it('names its sources and dates, and has no efficiency above one', () => {
    for (const part of [calibration.efficiency, calibration.collectives, calibration.exchange, calibration.routing]) {
      expect(part.source.length).toBeGreaterThan(20)
      expect(part.date).toMatch(/^20\d\d/)
    }
    for (const row of calibration.efficiency.rows) expect(Math.max(row.memory, row.compute ?? 0)).toBeLessThanOrEqual(1)
  })

  it('is far below a megabyte', () => {
    expect(JSON.stringify(calibration).length).toBeLessThan(200_000)
  })
})
