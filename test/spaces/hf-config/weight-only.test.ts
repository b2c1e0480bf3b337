import { describe, expect, test } from 'vitest'
import { allOf, quantised } from './checkpoint.ts'
import { small } from './small.ts'

describe('weight-only methods', () => {
  test.each([
    [{ quant_method: 'awq', bits: 4, group_size: 128, zero_point: true }, 'awq', 'awq'],
    [{ quant_method: 'awq', w_bit: 4, q_group_size: 128 }, 'awq', 'awq'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, desc_act: false }, 'gptq', 'awq'],
    [{ quant_method: 'gptq', bits: 8, group_size: 128 }, 'gptq', 'int8'],
    [{ quant_method: 'bitsandbytes', load_in_4bit: true }, 'bitsandbytes nf4', 'nf4'],
    [{ quant_method: 'bitsandbytes', load_in_8bit: true }, 'bitsandbytes int8', 'int8'],
  ])('%j is %s: every layer in %s, computed in bf16', (config, quantization, format) => {
    expect(quantised(small.llama, config)).toEqual({
      quantization,
      formats: { attnIn: allOf(format), attnOut: allOf(format), denseMlp: allOf(format) },
      activation: 'bf16',
      kv: 'bf16',
      warnings: [],
    })
  })

  test('sizes without a format of their own are read as the nearest one, with a warning', () => {
    expect(quantised(small.llama, { quant_method: 'gptq', bits: 3, group_size: 64 }).warnings).toEqual([
      'gptq in 3 bits is read as 4 bits',
      'gptq in groups of 64 is read as groups of 128',
    ])
  })

  test('modules can be left out', () => {
    expect(
      quantised(small.llama, { quant_method: 'awq', bits: 4, group_size: 128, modules_to_not_convert: ['self_attn'] }).formats,
    ).toEqual({
      denseMlp: allOf('awq'),
    })
  })

  test('MXFP4 covers the routed experts alone', () => {
    expect(quantised(small.slidingSinks, { quant_method: 'mxfp4', modules_to_not_convert: ['lm_head'] })).toMatchObject({
      quantization: 'mxfp4 experts, bf16 rest',
      formats: { routedExperts: allOf('mxfp4') },
      activation: 'bf16',
    })
  })

  test('a method nobody knows warns and leaves bf16', () => {
    expect(quantised(small.llama, { quant_method: 'magic' })).toMatchObject({
      quantization: 'none',
      formats: {},
      warnings: ['unknown quant_method "magic": weights are read as bf16'],
    })
  })
})
