import { describe, expect, test } from 'vitest'
import { bareName, lookup, matcher } from '../../../spaces/hf-config/quantisation/patterns.ts'

describe('a pattern of modules', () => {
  test.each([
    ['a whole name', 'model.layers.3.mlp.up_proj', 'layers.3.mlp.up_proj', true],
    ['a module around it', 'model.layers.3.mlp', 'layers.3.mlp.up_proj', true],
    ['a step of the path', 'up_proj', 'layers.3.mlp.up_proj', true],
    ['not a part of a step', 'gate', 'layers.3.mlp.gate_proj', false],
    ['not a beginning of a number', 'model.layers.3', 'layers.31.mlp.up_proj', false],
    ['a star for anything', 'model.layers.3.self_attn*', 'layers.3.self_attn.q_proj', true],
    ['a star also for digits, as shells do', 'model.layers.3*', 'layers.31.mlp.up_proj', true],
    ['a star before a dot', 'model.layers.3.*', 'layers.31.mlp.up_proj', false],
    ['a star in front', '*.mlp.shared_expert.*', 'layers.3.mlp.shared_expert.up_proj', true],
    ['a star for a layer', 'model.layers.*.self_attn', 'layers.9.self_attn.q_proj', true],
    ['a question mark for one letter', 'layers.?.mlp', 'layers.9.mlp.up_proj', true],
    ['dots literally', 'layersX3*', 'layers.3.mlp', false],
    ['a regular expression from the start', 're:.*self_attn.*', 'layers.3.self_attn.q_proj', true],
    ['one that is anchored to the full name', 're:^model\\.layers\\.3\\.', 'layers.3.self_attn.q_proj', true],
    ['one that does not fit', 're:.*mlp\\.(gate|up)_proj', 'layers.3.mlp.experts.0.up_proj', false],
  ])('means %s: %s, %s', (_, pattern, path, meant) => {
    expect(matcher([pattern])([path])).toBe(meant)
  })

  test('means a module by any of its names', () => {
    expect(matcher(['lm_head'])(['head', 'lm_head'])).toBe(true)
    expect(matcher([])(['head', 'lm_head'])).toBe(false)
  })
})

describe('a module’s bare name', () => {
  test.each([
    ['model.layers.3.mlp', 'layers.3.mlp'],
    ['language_model.model.layers.3.mlp', 'layers.3.mlp'],
    ['model.language_model.layers.*.mlp', 'layers.*.mlp'],
    ['backbone.layers.3.mixer', 'layers.3.mixer'],
    ['transformer.h.3.mlp', 'layers.3.mlp'],
    ['mtp.layers.0.mlp', 'mtp.layers.0.mlp'],
    ['vision_tower.layers.0.mlp', 'vision_tower.layers.0.mlp'],
  ])('of %s is %s', (name, bare) => {
    expect(bareName(name)).toBe(bare)
  })
})

describe('looking a module up', () => {
  const byName = new Map([
    ['layers.3.mlp.experts', 'outer'],
    ['layers.3.mlp.experts.0.up_proj', 'inner'],
  ])

  test('finds the nearest module around it', () => {
    expect(lookup(byName, ['layers.3.mlp.experts.0.up_proj'])).toBe('inner')
    expect(lookup(byName, ['layers.3.mlp.experts.0.down_proj'])).toBe('outer')
    expect(lookup(byName, ['layers.30.mlp.experts.0.down_proj'])).toBeUndefined()
  })
})
