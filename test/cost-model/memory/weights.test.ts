import { describe, expect, it } from 'vitest'
import { rankElements } from '../../../cost-model/memory/weights.ts'
import { memoryOf } from '../../../cost-model/memory.ts'
import { cutWidth } from '../../../spaces/cut.ts'
import { edgeTensors, layerTensors } from '../../../spaces/parameters.ts'
import { stageGpus } from '../../../spaces/plan.ts'
import { tensorParameters } from '../../../spaces/tensor.ts'
import { bare, type Case, makeCase } from './cases.ts'
import { legalPlans } from './plans.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)

describe('weights on a rank', () => {
  it('add up over the ranks of a stage to the model and its replicas, where units divide', () => {
    let compared = 0
    for (const { scenario, plan } of legalPlans) {
      const { model } = scenario
      const { layout } = plan
      const tensors = [...model.layerGroups.flatMap((group) => layerTensors(model, group)), ...edgeTensors(model)]
      for (const t of tensors) {
        const width = cutWidth(t.axis, layout)
        const spread = t.copies === undefined ? width : width * layout.ep
        if (t.units % width !== 0 || (t.bias && t.side === 'in') || layout.redundantExperts > 0) continue
        const replicas = stageGpus(layout) / spread
        expect(rankElements(t, layout) * spread * replicas).toBeCloseTo(tensorParameters(t) * replicas, 0)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(10_000)
  })

  it('hold the bias of a row-parallel product whole', () => {
    const o = { name: 'o', component: 'attnOut', out: 64, in: 128, bias: 64, axis: 'attention', side: 'in', units: 8 } as const
    const { layout } = makeCase({ layout: { tp: 4 } }).plan
    expect(rankElements(o, layout)).toBe(64 * 32 + 64)
    expect(rankElements({ ...o, side: 'out' }, layout)).toBe(16 * 128 + 16)
  })

  it('replicate KV heads that run out: 8 heads over 16 ranks leave one on each', () => {
    const { layout } = makeCase({ layout: { tp: 16 } }).plan
    const k = { name: 'k', component: 'attnIn', out: 1024, in: 4096, axis: 'attention', side: 'out', units: 8 } as const
    expect(rankElements(k, layout)).toBe(128 * 4096)
  })

  it('deal experts out over EP, copies of them included', () => {
    const experts = {
      name: 'up',
      component: 'routedExperts',
      out: 2048,
      in: 7168,
      copies: 256,
      axis: 'expert',
      side: 'out',
      units: 2048,
    } as const
    const at = (ep: number, redundantExperts: number, moeTp = 1) =>
      rankElements(experts, makeCase({ layout: { ep, redundantExperts, moeTp } }).plan.layout) / (2048 * 7168)
    expect(at(32, 0)).toBe(8)
    expect(at(32, 32)).toBe(9)
    expect(at(144, 32)).toBe(2)
    expect(at(4, 0, 2)).toBe(32)
  })
})

describe('redundant experts', () => {
  it('cost (replicas / GPUs) x the bytes of one expert in every layer that has experts', () => {
    const weights = (redundantExperts: number) =>
      run(makeCase({ model: 'deepseek-v3', memory: bare, layout: { attentionDp: 32, ffnDp: 32, ep: 32, redundantExperts } })).terms.weights
    expect(weights(32) - weights(0)).toBe((32 / 32) * 58 * 3 * 2048 * 7168 * 2)
    expect(weights(96) - weights(0)).toBe((96 / 32) * 58 * 3 * 2048 * 7168 * 2)
  })
})

describe('draft modules', () => {
  const weightsOf = (speculation: Case['plan']['speculation'], pp = 1) =>
    run(makeCase({ model: 'deepseek-v3', memory: bare, layout: { attentionDp: 32, ffnDp: 32, ep: 32, pp }, speculation })).terms.weights

  it('are loaded only where the plan speculates', () => {
    const more = weightsOf({ depth: 1, acceptance: 0.8 }) - weightsOf(undefined)
    const attention = 187_107_328
    const experts = (8 + 1) * 3 * 2048 * 7168
    const router = 256 * 7168
    const join = 2 * 7168 * 7168
    const ownEnds = 2 * 129_280 * 7168
    expect(Math.abs(more / (2 * (attention + experts + router + join + ownEnds)) - 1)).toBeLessThan(1e-4)
  })

  it('take KV of their own, and a slot per draft token', () => {
    const request = (speculation: Case['plan']['speculation']) =>
      run(makeCase({ model: 'deepseek-v3', memory: bare, batch: 1, bytes: 2e12, speculation })).terms.kv
    const layer = 576 * 2
    expect(request(undefined)).toBe(1024 * 61 * layer)
    expect(request({ depth: 3, acceptance: 0.5 })).toBe(1040 * 62 * layer)
  })
})
