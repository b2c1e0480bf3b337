import { describe, expect, it } from 'vitest'
import { hardwareMeasures, memoryWall } from '../../optimizer/validate/seeds/hardware.ts'
import { figureValue } from '../../spaces/figure.ts'
import { catalog } from '../cost-model/layouts.ts'

describe('hardware (seed 002)', () => {
  it('R-HW-1: bandwidth is bus width times the effective rate per pin; the memory clock gives a sixteenth', () => {
    const { bandwidth, busWidthBits, pinRate } = catalog.gpu('rtx-5090').memory
    const bytes = figureValue(busWidthBits!) / 8
    expect(bytes * figureValue(pinRate!)).toBe(figureValue(bandwidth))
    expect(figureValue(bandwidth)).toBe(1792e9)
    expect(bytes * 1750e6).toBe(112e9)
  })

  it('R-HW-2: the B200 of the row Kimi-K2 has 8.0 TB/s like the one above, and the growth factors follow from the columns', () => {
    const { rows } = memoryWall()
    const growth = (of: 'parameters' | 'tflops' | 'bandwidth') => rows.slice(1).map((row, i) => Number((row[of] / rows[i]![of]).toFixed(2)))
    expect(growth('parameters')).toEqual([3.03, 1.02, 3.26, 0.38, 1, 1.49])
    expect(growth('tflops')).toEqual([1, 3.17, 1, 1, 2.27, 1])
    expect(growth('bandwidth')).toEqual([1, 1.68, 1, 1.43, 1.67, 1])
    expect(rows.at(-1)).toMatchObject({ model: 'Kimi-K2', gpu: 'B200', bandwidth: 8 })
  })

  it('R-HW-2: every row is within 5 % of the catalogue', () => {
    for (const { year, model } of memoryWall().rows) {
      for (const of of ['tflops', 'bandwidth']) {
        expect(Math.abs(Number(hardwareMeasures['against the catalogue']!({ year, model, of })) - 1), model).toBeLessThan(0.05)
      }
    }
  })
})
