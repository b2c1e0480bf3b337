import { describe, expect, test } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { read } from './read.ts'
import { small } from './small.ts'

describe('a model type nobody described', () => {
  test('reads as a plain transformer, with a warning that says how many parameters that makes', () => {
    const { model, warnings } = hfConfigToModel({ ...small.llama, model_type: 'frobnicator' }, undefined, 'me/frob')
    expect(model.layerGroups).toEqual(read(small.llama).layerGroups)
    expect(model).toMatchObject({ id: 'me/frob', name: 'frob', modelType: 'frobnicator', source: { confidence: 'low' } })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^unknown model_type "frobnicator": read as a plain transformer of 0\.000\d+ billion parameters/)
  })

  test('says so where there is no model_type at all', () => {
    const { model_type: _, ...config } = small.llama
    expect(hfConfigToModel(config).warnings[0]).toMatch(/^no model_type: /)
  })

  test('latent attention and experts are read where their keys are there', () => {
    const { model } = hfConfigToModel({ ...small.mla, model_type: 'frobnicator' })
    expect(model.layerGroups.map(({ attn, ffn }) => [attn.kind, ffn.kind])).toEqual([
      ['mla', 'dense'],
      ['mla', 'moe'],
    ])
  })
})
