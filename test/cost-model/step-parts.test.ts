import { describe, expect, it } from 'vitest'
import { stepTime } from '../../cost-model/step.ts'
import { stepParts } from '../../cost-model/step-parts.ts'
import { decode, modelOf, prefill, published } from './layouts.ts'

const dense = (engine: string) => modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 4, pp: 2 }, published, engine)
const total = (parts: ReturnType<typeof stepParts>) => parts.reduce((sum, { seconds }) => sum + seconds, 0)

describe('the parts of a step', () => {
  it.each(['generic', 'tgi'])('sum to its time on %s, captured or launched op by op', (engine) => {
    const model = dense(engine)
    for (const shape of [decode(1, 100), decode(64, 4000), prefill(200), prefill(8192, 4)]) {
      expect(total(stepParts(model, shape)) / stepTime(model, shape).latency).toBeCloseTo(1, 12)
    }
  })

  it('name the wait for the host where no graph is captured', () => {
    const launches = (engine: string) => total(stepParts(dense(engine), decode(1, 100)).filter(({ op }) => op === undefined))
    expect(launches('generic')).toBe(0)
    expect(launches('tgi')).toBeGreaterThan(0)
  })

  it('have the bounds of their ops', () => {
    const bounds = new Map(stepParts(dense('generic'), prefill(8192)).map(({ op, bound }) => [op, bound]))
    expect([bounds.get('mlp.up'), bounds.get('mlp.reduce'), bounds.get('attn.norm')]).toEqual(['compute', 'communication', 'memory'])
  })

  it('are refused where ops overlap', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 8 }, { tp: 8, ep: 8 }, published, 'sglang')
    expect(() => stepParts(model, decode(8, 100))).toThrow('overlap')
  })
})
