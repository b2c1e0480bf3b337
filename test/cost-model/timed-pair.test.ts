import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildLayoutModel } from '../../cost-model/layout-model.ts'
import { stepTime } from '../../cost-model/step.ts'
import { anyStep, holds } from '../laws/law.ts'
import { randomPlan } from '../laws/random-plan.ts'
import { fp8, modelOf } from './layouts.ts'

describe('what layouts share', () => {
  it('times a step as if it had been made for each of them', () => {
    let shared = 0
    holds(fc.tuple(randomPlan('prefill'), anyStep), { seed: 93, runs: 60 }, ([{ scenario, pool, plan }, shape]) => {
      const { layout, precision } = plan
      // The same stages otherwise arranged: what is remembered of these must do for the plan's own.
      const before = buildLayoutModel(scenario, pool, { layout: { ...layout, replicas: layout.pp, pp: layout.replicas }, precision })
      const model = buildLayoutModel(scenario, pool, plan)
      const alone = buildLayoutModel({ ...scenario, model: { ...scenario.model }, engine: { ...scenario.engine } }, pool, plan)
      expect(stepTime(model, shape)).toEqual(stepTime(alone, shape))
      if (layout.pp !== layout.replicas && before.segments[0]!.table === model.segments[0]!.table) shared++
    })
    expect(shared).toBeGreaterThan(10)
  })

  it('are the ops of a stage, but not those of another precision or another pool', () => {
    const pool = { gpu: 'h100-sxm', gpus: 16 } as const
    const layers = (pp: number, replicas: number, of: Parameters<typeof modelOf>[1] = pool, precision = fp8) =>
      modelOf('llama-3.3-70b-instruct', of, { tp: 4, pp, replicas }, precision, 'vllm').segments.find(({ name }) => name === 'layers.0')!
    expect(layers(1, 4).ops[1]!.op).toBe(layers(4, 1).ops[1]!.op)
    expect(layers(1, 4).ops[1]!.op).not.toBe(layers(1, 4, pool, { ...fp8, weights: 'bf16' }).ops[1]!.op)
    expect(layers(1, 4).table).not.toBe(layers(1, 4, { gpu: 'h200-sxm', gpus: 16 }).table)
  })
})
