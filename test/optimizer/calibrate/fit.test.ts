import { describe, expect, it } from 'vitest'
import type { EfficiencyRow } from '../../../cost-model/calibration.ts'
import { fitOperators } from '../../../optimizer/calibrate/fit.ts'
import { withRow } from '../../../optimizer/calibrate/fit-row.ts'
import { efficiencyJson } from '../../../optimizer/calibrate/operators.ts'
import { gemm } from '../../../optimizer/perf-database/families/gemm.ts'
import { makePredictor } from '../../../optimizer/perf-database/predict.ts'
import type { Measurement } from '../../../optimizer/perf-database/read.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { calibration } from '../../cost-model/layouts.ts'

const catalog = openCatalog()
const table = { family: gemm, gpu: catalog.gpu('h200-sxm'), engine: 'vllm', version: '1', file: 'f', name: 'f' }
const known = calibration.efficiency.rows.find((row) => row.basis === 'hopper' && row.family === 'linear' && row.format === 'fp8')!
const truth: EfficiencyRow = { ...known, compute: 0.45, memory: 0.6, floor: 8e-6 }

/** Times of products as a GPU with these constants has them. */
const measured = (): readonly Measurement[] => {
  const { seconds } = makePredictor(withRow(calibration, truth), catalog)
  const sides = [512, 2048, 4096, 8192]
  return sides.flatMap((n) =>
    sides.flatMap((k) => {
      const row = { text: () => 'fp8', number: (name: string) => ({ n, k })[name as 'n' | 'k'] }
      const described = gemm.op(row, 'vllm')
      if ('skip' in described) throw new Error(described.skip)
      return [1, 16, 100, 1024, 8000].map((m) => {
        const { counts } = gemm.step({ ...row, number: () => m })
        const one = { table, line: 0, ...described, distribution: undefined, rows: m, counts, seconds: 1, call: '', shape: `${n} ${k}` }
        return { ...one, seconds: seconds(one) }
      })
    }),
  )
}

describe('a fit of operators', () => {
  const fit = fitOperators(measured(), calibration, catalog)

  it('finds the constants behind the times, also for shapes that it has not seen', () => {
    expect(fit.kept).toEqual([])
    expect(fit.changed).toHaveLength(1)
    const { compute, memory, floor, ...rest } = fit.changed[0]!
    expect(rest).toMatchObject({ basis: 'hopper', family: 'linear', format: 'fp8' })
    expect(memory! / 0.6).toBeCloseTo(1, 1)
    expect(floor / 8e-6).toBeCloseTo(1, 1)
    expect(compute! / 0.45).toBeCloseTo(1, 1)
    for (const { heldOut, after } of fit.residuals) {
      expect(Math.abs(after)).toBeLessThan(0.05)
      expect(Math.abs(heldOut)).toBeLessThan(0.05)
    }
    expect(Math.max(...fit.residuals.map(({ before }) => Math.abs(before)))).toBeGreaterThan(0.1)
  })

  it('leaves every other row as it was, and its file says the same', () => {
    const others = (rows: readonly EfficiencyRow[]) =>
      rows.filter((row) => row.format !== 'fp8' || row.family !== 'linear' || row.basis !== 'hopper')
    expect(others(fit.calibration.efficiency.rows)).toEqual(others(calibration.efficiency.rows))
    expect(JSON.parse(efficiencyJson(fit.calibration.efficiency))).toEqual(JSON.parse(JSON.stringify(fit.calibration.efficiency)))
  })

  it('is the same again, and leaves alone what has too few times', () => {
    expect(fitOperators(measured(), calibration, catalog).changed).toEqual(fit.changed)
    expect(fitOperators(measured().slice(0, 20), calibration, catalog)).toMatchObject({ changed: [], kept: [], calibration })
  })
})
