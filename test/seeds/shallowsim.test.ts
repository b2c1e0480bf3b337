import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeColumns,
  type ShallowDecode,
  shallowDecode,
  shallowDecodeTable,
  shallowMaxBatch,
} from '../../cost-model/shallowsim/decode.ts'
import { shallowGpu } from '../../cost-model/shallowsim/parameters.ts'
import { shallowMeasures, shallowParameters } from '../../optimizer/validate/seeds/shallowsim.ts'
import { modelOf, published } from '../cost-model/layouts.ts'
import { needs } from '../needs.ts'

const parameters = shallowParameters()
const shared = needs('shared')

function decodeOf(gpu: string, tp: number, ep: number, batch: number, fp8Combine = true): ShallowDecode {
  return shallowDecode(parameters, shallowGpu(parameters, gpu), { gpu, tp, ep, batch }, fp8Combine)
}

function goldenRows(name: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(join(shared!, 'golden', name), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => line.split(','))
}

const points = fc.record({
  gpu: fc.constantFrom(...parameters.gpus.map(({ name }) => name)),
  tp: fc.constantFrom(...parameters.sweep.tp),
  ep: fc.constantFrom(...parameters.sweep.ep),
  batch: fc.constantFrom(...parameters.sweep.batch),
  fp8Combine: fc.boolean(),
})

describe('ShallowSim (seed 003), reproduced with its defects', () => {
  it('R-SHALLOW-1: all 36 cells of the prefill table come out to six decimals, and the sums over a prompt', () => {
    expect(shallowMeasures['cells reproduced']!({ table: 'seed prefill' })).toBe(36)
    expect(shallowMeasures['largest relative error']!({ table: 'prefill sums' })).toBeLessThan(1e-9)
  })

  it('R-SHALLOW-1: with the later GPU table five cells of B300 change', () => {
    expect(shallowMeasures['cells reproduced']!({ table: 'later prefill' })).toBe(5)
  })

  it('R-SHALLOW-2: every 17th row of the decode table comes out to 1e-9 in all 17 columns', () => {
    expect(shallowMeasures['cells reproduced']!({ table: 'decode', within: 1e-9 })).toBe(103 * 17)
  })

  it.skipIf(shared === undefined)('R-SHALLOW-2: the whole decode table comes out in its order', () => {
    const ours = [true, false].flatMap((fp8Combine) => shallowDecodeTable(parameters, fp8Combine).map((row) => ({ ...row, fp8Combine })))
    const golden = goldenRows('decode_table.csv')
    expect(ours.length).toBe(golden.length)
    let worst = 0
    for (const [i, row] of golden.entries()) {
      expect([row[0]!.toLowerCase(), row[4]]).toEqual([String(ours[i]!.fp8Combine), ours[i]!.gpu])
      for (const [j, [, key]] of decodeColumns.entries()) {
        if (j > 0)
          worst = Math.max(worst, Math.abs(Number(row[4 + j]) - Number(ours[i]![key])) / Math.max(1e-12, Math.abs(Number(row[4 + j]))))
      }
    }
    expect(worst).toBeLessThan(1e-9)
  })

  it.skipIf(shared === undefined)('R-SHALLOW-2: the largest batches come out', () => {
    for (const [gpu, tp, ep, , batch] of goldenRows('max_batch_table.csv')) {
      const ours = shallowMaxBatch(parameters, shallowGpu(parameters, gpu!), { tp: Number(tp), ep: Number(ep) })
      expect(ours / Number(batch)).toBeCloseTo(1, 8)
    }
  })

  it('R-SHALLOW-2: its CSV has its columns in its order', () => {
    expect(decodeColumns.map(([name]) => name).join()).toBe(
      'GPU,TP,EP,BatchSize,DenseMLA,DenseMLP,SparseMLA,Combine,SharedExpert,RoutedExpert,Dispatch,COMP_SUM,COMM_SUM,Delta,TPOT,TPOT_O,TPS,TPS_O,Total,Total_O,Comm_Impact',
    )
  })

  it('R-SHALLOW-2: H800 at TP 1, EP 144 and batch 128 has the times that its author printed', () => {
    const { sparseMla, sharedExpert, routedExpert, dispatch, combine, tpot, tps, total } = decodeOf('H800', 1, 144, 128)
    const layer = [sparseMla, sharedExpert, routedExpert, dispatch, combine].map((ms) => Number(ms.toFixed(3)))
    expect(layer).toEqual([0.524, 0.036, 0.139, 0.175, 0.339])
    expect([tpot.toFixed(3), tps.toFixed(3), total.toFixed(3)]).toEqual(['42.440', '23.562', '3015.989'])
  })

  it('R-SHALLOW-3: the identities between its columns hold at any point', () => {
    fc.assert(
      fc.property(points, ({ gpu, tp, ep, batch, fp8Combine }) => {
        const d = decodeOf(gpu, tp, ep, batch, fp8Combine)
        expect(d.compSum).toBeCloseTo(d.sparseMla + d.sharedExpert + d.routedExpert, 9)
        expect(d.commSum).toBeCloseTo(d.dispatch + d.combine, 9)
        expect(d.delta).toBeCloseTo(d.commSum - d.sparseMla - d.sharedExpert, 9)
        expect(d.tpotO).toBeCloseTo(3 * (d.denseMla + d.denseMlp) + 58 * d.compSum, 9)
        expect(d.tpot).toBeCloseTo(d.tpotO + 58 * Math.max(0, d.delta), 9)
        expect(d.tps).toBeCloseTo(1000 / d.tpot, 9)
        expect(d.total / (d.tps * batch)).toBeCloseTo(1, 9)
        expect(d.commImpact).toBeCloseTo((d.totalO - d.total) / d.totalO, 9)
        expect(d.commImpact >= 0 && d.commImpact < 1).toBe(true)
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('R-SHALLOW-4: free communication makes MI300X 82.8 % faster where Comm_Impact is 45.3 %, not 45.3 %', () => {
    const { commImpact, totalO, total } = decodeOf('MI300X', 4, 320, 128)
    expect(commImpact).toBeCloseTo(0.4529, 4)
    expect(totalO / total - 1).toBeCloseTo(0.828, 3)
    expect(totalO / total - 1).toBeCloseTo(commImpact / (1 - commImpact), 12)
  })

  it('R-SHALLOW-5: EP is a number of devices, each with its share of the 256 experts rounded up and the shared one', () => {
    expect([8, 16, 36, 72, 144, 320].map((ep) => shallowMeasures['experts per device']!({ ep }))).toEqual([32, 16, 8, 4, 2, 1])
    const ours = modelOf('deepseek-v3', { gpu: 'h800-sxm', gpus: 16 }, { attentionDp: 16, ep: 16 }, published)
    const experts = ours.decode.segments.flatMap(({ ops }) => ops).find((op) => op.kind === 'expert')
    expect(experts?.dims).toMatchObject({ ranks: 16, experts: 256 })
  })

  it('R-SHALLOW-6: dispatch has one byte per element on every GPU, combine two unless FP8 is asked of one with FP4', () => {
    const times = (gpu: string, fp8Combine: boolean) => {
      const { dispatch, combine } = decodeOf(gpu, 1, 144, 128, fp8Combine)
      return (combine - 0.01) / (dispatch - 0.01)
    }
    expect([times('H800', true), times('H800', false)]).toEqual([expect.closeTo(2, 9), expect.closeTo(2, 9)])
    expect([times('DGX-B200', true), times('DGX-B200', false)]).toEqual([expect.closeTo(1, 9), expect.closeTo(2, 9)])
  })
})
