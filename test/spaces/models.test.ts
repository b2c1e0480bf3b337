import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { expandLayers } from '../../spaces/layer-order.ts'
import { type Model, modelSchema } from '../../spaces/model.ts'
import { countParameters } from '../../spaces/parameters.ts'
import { components } from '../../spaces/tensor.ts'
import { facts } from './facts.ts'
import { model, models } from './models.ts'

describe('the model catalogue', () => {
  it('has 136 models', () => {
    expect(models).toHaveLength(136)
  })

  it('names each file after the last part of the id', () => {
    const files = readdirSync(fileURLToPath(new URL('../../spaces/catalog/models', import.meta.url)))
    expect(files.sort()).toEqual(models.map((m) => `${m.id.split('/')[1].toLowerCase()}.yaml`).sort())
  })

  it.each(models)('$id: the parts add up', (m) => {
    const { total, active, byComponent } = countParameters(m)
    expect(components.reduce((sum, c) => sum + byComponent[c], 0)).toBe(total)
    expect(active).toBeLessThanOrEqual(total)
    const order = expandLayers(m)
    expect(order).toHaveLength(m.layerGroups.reduce((sum, group) => sum + group.count, 0))
    expect(m.layerGroups.map((_, i) => order.filter((group) => group === i).length)).toEqual(m.layerGroups.map((group) => group.count))
  })

  it.each(models)('$id: quantises only what it has', (m) => {
    const { byComponent } = countParameters(m)
    for (const [component, shares] of Object.entries(m.checkpoint.formats)) {
      expect(byComponent[component as keyof typeof byComponent]).toBeGreaterThan(0)
      expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 12)
    }
  })

  it('is within 1 % of every published total', () => {
    const far = models.filter((m) => m.published?.parameters !== undefined && Math.abs(scoped(m) / m.published.parameters - 1) > 0.01)
    expect(far.map((m) => m.id)).toEqual([])
    expect(models.filter((m) => m.published?.parameters !== undefined).length).toBeGreaterThan(130)
  })

  it.skipIf(facts.length === 0)('has the layer order of every model-facts file', () => {
    for (const fact of facts) expect(expandLayers(model(fact.id)), fact.id).toEqual(expandLayers({ layerOrder: fact.layer_order }))
  })
})

describe('a model', () => {
  const llama = model('meta-llama/Llama-3.3-70B-Instruct')
  const problem = (changed: unknown) => modelSchema.safeParse(changed).error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`)

  it('parses', () => {
    expect(modelSchema.parse(llama)).toEqual(llama)
  })

  it.each([
    ['0x79', 'layerOrder: has 79 layers of group 0, whose count is 80'],
    ['0x80 1x1', 'layerOrder: names group 1, but there are 1 groups (counted from 0)'],
    ['80', 'layerOrder: not a run-length string like "(0x5 1x1)x10 0x2": "80"'],
  ])('whose layer order is %s is refused', (layerOrder, message) => {
    expect(problem({ ...llama, layerOrder })).toEqual([message])
  })

  it.each([
    [{ count: 7, limit: 4 }, 'groups must divide the experts'],
    [{ count: 8, limit: 8 }, 'groups.limit must be below groups.count'],
    [{ count: 64, limit: 1 }, 'groups hold too few experts'],
  ])('whose groups of experts are %o is refused', (groups, message) => {
    const deepseek = model('deepseek-ai/DeepSeek-V3')
    const [dense, sparse] = deepseek.layerGroups
    const changed = { ...deepseek, layerGroups: [dense, { ...sparse, ffn: { ...sparse.ffn, groups } }] }
    expect(problem(changed)).toEqual([`layerGroups.1.ffn: ${message}`])
  })

  it('with an unknown kind, key or format is refused', () => {
    const [group] = llama.layerGroups
    expect(problem({ ...llama, layerGroups: [{ ...group, attn: { ...group.attn, kind: 'gqaa' } }] })).toHaveLength(1)
    expect(problem({ ...llama, layerGroups: [{ ...group, attn: { ...group.attn, headDims: 1 } }] })).toHaveLength(1)
    expect(problem({ ...llama, checkpoint: { ...llama.checkpoint, formats: { attnIn: [['fp9', 1]] } } })).toHaveLength(1)
  })
})

/** Vision and MTP as the published total has them; small extras are far below 1 %. */
function scoped(m: Model): number {
  const { total, mtp, byComponent } = countParameters(m)
  const scope = m.published?.scope ?? 'text'
  return (
    total +
    (scope.includes('mtp') ? mtp : 0) +
    (scope.includes('vision') ? (m.visionParameters ?? 0) : 0) +
    (scope.includes('tied') ? byComponent.embed : 0)
  )
}
