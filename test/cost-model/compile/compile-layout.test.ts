import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLayout } from '../../../cost-model/compile/compile-layout.ts'
import { stepSeconds } from '../../../cost-model/step.ts'
import { anyStep, holds, layoutModel } from '../../laws/law.ts'
import { randomPlan } from '../../laws/random-plan.ts'
import { decode, modelOf, prefill } from '../layouts.ts'

describe('a compiled layout', () => {
  it('takes as long as the layout within 0.3 %, whatever the model, the widths and the step', () => {
    holds(fc.tuple(randomPlan('prefill'), fc.array(anyStep, { minLength: 8, maxLength: 8 })), { seed: 91, runs: 60 }, ([drawn, shapes]) => {
      const model = layoutModel(drawn)
      const compiled = compileLayout(model)
      for (const shape of shapes) {
        const [is, was] = [stepSeconds(compiled, shape), stepSeconds(model, shape)]
        for (const of of ['latency', 'period'] as const) {
          expect(is[of] / was[of], of).toBeGreaterThan(0.997)
          expect(is[of] / was[of], of).toBeLessThan(1.003)
        }
      }
    })
  })

  it('has a few curves and its attention where the layout has all ops', () => {
    const model = modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8 })
    const layers = (of: typeof model) => of.segments.find(({ name }) => name === 'layers.0')!.table.calls
    expect(layers(model).length).toBeGreaterThan(12)
    expect(layers(compileLayout(model)).filter(({ work }) => work !== undefined)).toHaveLength(2)
    expect(layers(compileLayout(model)).length).toBeLessThan(7)
  })

  it('is the layout itself, but for rounding, where a step has a number of rows that is a knot', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8, ep: 8 })
    const compiled = compileLayout(model)
    for (const shape of [decode(64, 1000), prefill(4096), prefill(512, 4, 100)]) {
      expect(stepSeconds(compiled, shape).latency / stepSeconds(model, shape).latency).toBeCloseTo(1, 10)
    }
  })

  it('leaves exact what overlaps', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h100-sxm', gpus: 16 }, { attentionDp: 16, ep: 16 }, undefined, 'sglang')
    const overlapping = model.segments.filter(({ table }) => table.overlap !== undefined)
    expect(overlapping.length).toBeGreaterThan(0)
    for (const segment of overlapping) expect(compileLayout(model).segments).toContain(segment)
  })
})
