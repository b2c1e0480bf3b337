import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutMemory } from '../../cost-model/memory.ts'
import { stepTime } from '../../cost-model/step.ts'
import type { Model } from '../../spaces/model.ts'
import { edgeTensors, layerTensors } from '../../spaces/parameters.ts'
import { expertCounts } from '../../spaces/rules/experts.ts'
import { bytesPerElement, storedFormats } from '../../spaces/weights.ts'
import { anyStep, holds, inOneBatch, layoutModel } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const weightBytes = ({ scenario, pool, plan }: Drawn, weights: string) => {
  const { speculation: _, ...plain } = plan
  const { stages } = layoutMemory(scenario, pool, { ...plain, precision: { ...plan.precision, weights } })
  return stages.map((stage) => stage.weights)
}

describe('weights in fp8', () => {
  it('never need more bytes than in bf16, on any stage', () => {
    holds(randomPlan('prefill'), { seed: 91, runs: 80 }, (drawn) => {
      const [narrow, wide] = [weightBytes(drawn, 'fp8'), weightBytes(drawn, 'bf16')]
      for (const [i, bytes] of narrow.entries()) expect(bytes).toBeLessThanOrEqual(wide[i]!)
      const { model } = drawn
      const tensors = [...model.layerGroups.flatMap((g) => layerTensors(model, g)), ...edgeTensors(model)]
      for (const { component } of tensors) {
        const of = (weights: string) => bytesPerElement(storedFormats(model, { ...drawn.plan.precision, weights }, component))
        expect(of('fp8'), component).toBeLessThanOrEqual(of('bf16'))
      }
    })
  })
})

describe('a step of prompts and decodes', () => {
  it('reads for its decodes, whatever the kind of attention, what a step of decodes alone reads for longer contexts', () => {
    holds(randomPlan('prefill'), { seed: 92, runs: 80 }, (drawn) => {
      const model = layoutModel(inOneBatch(drawn))
      const shape = { prefillTokens: 512, prefillSequences: 1, prefillContext: 0, decodeSequences: 64 }
      const step = (prompts: object, decodeContext: number) => stepTime(model, { ...shape, ...prompts, decodeContext })
      const more = (prompts: object) => step(prompts, 30_000).bytes - step(prompts, 200).bytes
      expect(more({})).toBeGreaterThanOrEqual(more({ prefillTokens: 0, prefillSequences: 0 }) * (1 - 1e-6))
      expect(step({}, 30_000).latency).toBeGreaterThanOrEqual(step({}, 200).latency * (1 - 1e-12))
    })
  })
})

/** The same model with each token sent to so many more experts. */
function routedTo(drawn: Drawn, more: number): Drawn {
  const layerGroups = drawn.model.layerGroups.map((group) =>
    group.ffn.kind === 'moe' ? { ...group, ffn: { ...group.ffn, topK: Math.min(group.ffn.experts, group.ffn.topK + more) } } : group,
  )
  const model: Model = { ...drawn.model, layerGroups }
  return { ...drawn, model, scenario: { ...drawn.scenario, model } }
}

const ungrouped = ({ model }: Drawn) =>
  expertCounts(model).length > 0 && model.layerGroups.every(({ ffn }) => ffn.kind !== 'moe' || ffn.groups === undefined)

describe('more active experts', () => {
  it('never make a step faster', () => {
    const drawn = randomPlan('prefill').filter(ungrouped)
    holds(fc.tuple(drawn, anyStep, fc.integer({ min: 1, max: 4 })), { seed: 93, runs: 50 }, ([one, shape, more]) => {
      const time = (of: Drawn) => stepTime(layoutModel(inOneBatch(of)), shape).latency
      expect(time(routedTo(one, more))).toBeGreaterThanOrEqual(time(one) * (1 - 1e-12))
    })
  })
})
