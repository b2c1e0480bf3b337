import { describe, expect, test } from 'vitest'
import { allOf, quantised } from './checkpoint.ts'
import { small } from './small.ts'

describe('compressed-tensors', () => {
  const group = (weights: object, inputs: object | null = null) => ({
    quant_method: 'compressed-tensors',
    format: 'pack-quantized',
    config_groups: { group_0: { targets: ['Linear'], weights, input_activations: inputs } },
    ignore: ['lm_head', 're:.*self_attn.*', 're:.*shared_experts.*', 're:.*mlp\\.(gate|up|down)_proj.*'],
  })

  test('leaves what its regular expressions ignore', () => {
    expect(quantised(small.mla, group({ num_bits: 4, type: 'int', group_size: 32, strategy: 'group' }))).toEqual({
      quantization: 'compressed-tensors pack-quantized',
      formats: { routedExperts: allOf('int4-g32') },
      activation: 'bf16',
      kv: 'bf16',
      warnings: [],
    })
  })

  test('a head that is not ignored is a linear layer like others', () => {
    const { formats } = quantised(small.llama, { ...group({ num_bits: 8, type: 'int' }, { num_bits: 8, type: 'int' }), ignore: [] })
    expect(formats).toEqual({ lmHead: allOf('int8'), attnIn: allOf('int8'), attnOut: allOf('int8'), denseMlp: allOf('int8') })
  })

  test.each([
    [{ num_bits: 8, type: 'float' }, { num_bits: 8, type: 'float' }, 'fp8', 'fp8'],
    [{ num_bits: 8, type: 'float', block_structure: [128, 128] }, { num_bits: 8, type: 'float' }, 'fp8-block', 'fp8'],
    [{ num_bits: 8, type: 'float', group_size: 32 }, null, 'mxfp8', 'bf16'],
    [{ num_bits: 8, type: 'int' }, { num_bits: 8, type: 'int' }, 'int8', 'int8'],
    [{ num_bits: 4, type: 'float', group_size: 16 }, { num_bits: 4, type: 'float' }, 'nvfp4', 'nvfp4'],
    [{ num_bits: 4, type: 'float', group_size: 32 }, null, 'mxfp4', 'bf16'],
    [{ num_bits: 4, type: 'int', group_size: 128 }, null, 'int4-g128', 'bf16'],
  ])('%j with inputs %j is %s with %s activations', (weights, inputs, format, activation) => {
    const checkpoint = quantised(small.mla, group(weights, inputs))
    expect(checkpoint.formats).toEqual({ routedExperts: allOf(format) })
    expect(checkpoint.activation).toBe(activation)
  })

  test('groups may name their modules', () => {
    const { formats } = quantised(small.llama, {
      quant_method: 'compressed-tensors',
      config_groups: {
        attention: { targets: ['re:.*self_attn.*'], weights: { num_bits: 8, type: 'float' } },
        mlp: { targets: ['re:.*mlp.*'], weights: { num_bits: 4, type: 'float', group_size: 16 } },
      },
    })
    expect(formats).toEqual({ attnIn: allOf('fp8'), attnOut: allOf('fp8'), denseMlp: allOf('nvfp4') })
  })

  test('int4 of a whole channel or an unknown type warns', () => {
    expect(quantised(small.mla, group({ num_bits: 4, type: 'int', group_size: null })).warnings[0]).toMatch(/is read as groups of 128/)
    expect(quantised(small.mla, group({ num_bits: 2, type: 'int' })).warnings[0]).toMatch(/unknown quantisation "compressed-tensors int2"/)
  })

  test('an ignore list with a broken regular expression is the file’s fault', () => {
    expect(() => quantised(small.llama, { ...group({ num_bits: 8, type: 'int' }), ignore: ['re:('] })).toThrow(
      /not a regular expression: "\("/,
    )
  })
})
