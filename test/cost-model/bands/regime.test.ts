import { describe, expect, it } from 'vitest'
import { type Footing, familyOf, regimeOf, supportOf } from '../../../cost-model/bands/regime.ts'
import type { Bands } from '../../../cost-model/bands/schema.ts'
import { openCatalog } from '../../../spaces/catalog.ts'

const row = { mode: 'colocated', engine: 'vllm', family: 'gqa/dense', batch: [4, 64], width: [1, 8] } as const
const measured: Bands['measured'] = [
  { ...row, gpu: 'h100-sxm', generation: 'hopper', batch: [4, 64], width: [1, 8] },
  { ...row, gpu: 'b200-sxm', generation: 'blackwell', family: 'mla/moe', batch: [4, 64], width: [1, 8] },
]
const h100 = { id: 'h100-sxm', chip: 'Hopper GH100', generation: 'hopper' }
const plan: Footing = { mode: 'colocated', gpus: [h100], engine: 'vllm', family: 'gqa/dense', batch: 16, width: 4, kvLimited: false }
const regime = (changes: Partial<Footing>) => regimeOf({ ...plan, ...changes }, supportOf({ ...plan, ...changes }, measured))

describe('the regime of a plan', () => {
  it('is known where its GPU, engine and family of models were measured together, at that batch and width', () => {
    expect(regime({})).toBe('known')
    expect(regime({ batch: 65 })).toBe('beyond-measured')
    expect(regime({ width: 16 })).toBe('beyond-measured')
    expect(regime({ family: 'mla/moe' })).toBe('unseen-model')
    expect(regime({ engine: 'sglang' })).toBe('unseen-model')
    expect(regime({ mode: 'disaggregated' })).toBe('unseen-model')
    expect(regime({ kvLimited: true })).toBe('kv-limited')
    expect(regime({ gpus: [{ ...h100, id: 'h200-sxm' }] })).toBe('unseen-gpu')
    expect(regime({ gpus: [{ id: 'mi300x', chip: 'CDNA3', generation: 'cdna3' }] })).toBe('unseen-generation')
  })

  it('is that of the stranger of two pools', () => {
    expect(regime({ gpus: [h100, { ...h100, id: 'h200-sxm' }] })).toBe('unseen-gpu')
  })

  it('counts models that run the same kernels as one family', () => {
    const of = (name: string) => familyOf(openCatalog().model(name))
    expect(of('llama-3.3-70b-instruct')).toBe('gqa/dense')
    expect(of('qwen2.5-72b-instruct')).toBe('gqa/dense')
    expect(of('deepseek-r1')).toBe('mla/moe')
    expect(of('gpt-oss-120b')).toBe('gqa+window/moe')
  })
})
