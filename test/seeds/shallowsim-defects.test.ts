import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { columnIndex } from '../../cost-model/column.ts'
import { stepTime } from '../../cost-model/step.ts'
import { compareDeepSeek } from '../../optimizer/validate/seeds/compare.ts'
import { decode, modelOf, prefill, published } from '../cost-model/layouts.ts'
import { imports, sources } from '../structure/tree.ts'
import { estimate } from './plans.ts'

const alone = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 1 }, {}, published)
const wide = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 32 }, { attentionDp: 32, ep: 32 }, published, 'sglang')

describe("this product's model has none of ShallowSim's defects", () => {
  it('and shares no file with it: neither imports the other', () => {
    const inside = (path: string) => path.startsWith('cost-model/shallowsim/')
    const crossing = sources().flatMap(({ path, text }) =>
      imports(text)
        .filter((name) => name.startsWith('.'))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((target) => (path.startsWith('cost-model/') || path.startsWith('spaces/')) && inside(path) !== inside(target)),
    )
    expect(crossing).toEqual([])
  })

  it('defect 1: TP of attention keeps the KV of MLA on every rank, so that attention DP holds several times as many requests', () => {
    const study = { model: 'deepseek-v3', engine: 'sglang', fleet: [{ gpu: 'h200-sxm', gpus: 16 }], workload: { isl: 4383, osl: 1210 } }
    const tokens = (attention: string) => {
      const plan = `h200-sxm:r1.pp1.sp1.${attention}.dcp1.ep16.mtp1.mdp1:w=shipped,a=fp8,kv=fp8,comm=bf16:b64:c8192`
      return shown(estimate(study, plan))
    }
    expect(tokens('adp16.tp1')).toBeGreaterThan(8 * tokens('adp1.tp16'))
  })

  it('defect 2: FP8 activations are dispatched at half the bytes of a BF16 combine, BF16 ones at all of them', () => {
    const bytes = (activations: string) => {
      const model = modelOf(
        'deepseek-v3',
        { gpu: 'h200-sxm', gpus: 32 },
        { attentionDp: 32, ep: 32 },
        { ...published, activations },
        'sglang',
      )
      const ops = model.decode.segments.flatMap((segment) => segment.ops)
      return ops.flatMap((op) => (op.kind === 'all-to-all' && op.pattern === 'dispatch' ? [op.format] : []))[0]
    }
    expect([bytes('fp8'), bytes('bf16')]).toEqual(['fp8', 'bf16'])
  })

  it('defect 6: attention of a prompt is causal: twice the tokens add one square of pairs, not two', () => {
    const flops = (tokens: number) => stepTime(alone, prefill(tokens)).flops
    const pair = 61 * 128 * 2 * (192 + 128)
    expect((flops(8192) - 2 * flops(4096)) / (pair * 4096 ** 2)).toBeCloseTo(1, 1)
  })

  it('defect 8: a prefix hit spares projections, experts and its own part of attention', () => {
    const [whole, hit] = [stepTime(alone, prefill(4096)), stepTime(alone, prefill(1792, 1, 2304))]
    expect(hit.flops).toBeLessThan(0.5 * whole.flops)
    expect(hit.latency).toBeLessThan(0.7 * whole.latency)
  })

  it('defect 9: embedding, router, norms, head and sampler take their time', () => {
    const names = alone.segments.flatMap(({ name, ops }) => ops.map(({ op }) => `${name} ${op.kind}`))
    for (const part of ['embed pointwise', 'layers.1 route', 'head linear', 'head sample']) expect(names, part).toContain(part)
  })

  it('defect 10: a decode step takes longer the longer the context', () => {
    expect(stepTime(wide, decode(32 * 64, 5593)).latency).toBeGreaterThan(stepTime(wide, decode(32 * 64, 4383)).latency)
  })

  it('defect 11: few tokens read few experts', () => {
    const bytes = (requests: number) => stepTime(alone, decode(requests, 1000)).bytes
    expect(bytes(1)).toBeLessThan(0.15 * bytes(256))
  })

  it('defect 12: on H800 decode is nearer to what DeepSeek published than ShallowSim is', () => {
    const { ours, shallowsim, published: figures } = compareDeepSeek().find(({ gpu, phase }) => gpu === 'H800' && phase === 'decode')!
    const average = figures.find(({ who }) => who === 'DeepSeek')!.value
    expect(Math.abs(ours / average - 1)).toBeLessThan(0.3)
    expect(Math.abs(ours / average - 1)).toBeLessThan(Math.abs(shallowsim / average - 1))
  })
})

function shown({ rejected, row }: ReturnType<typeof estimate>): number {
  if (rejected !== null) throw new Error(rejected.message)
  return row[columnIndex('kv_capacity_tokens')]!
}
