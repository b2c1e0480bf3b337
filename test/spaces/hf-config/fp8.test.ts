import { describe, expect, test } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { allOf, quantised } from './checkpoint.ts'
import { small } from './small.ts'

describe('an unquantised checkpoint', () => {
  test('is bf16 throughout', () => {
    expect(hfConfigToModel(small.llama).model.checkpoint).toEqual({ quantization: 'none', formats: {}, activation: 'bf16', kv: 'bf16' })
  })

  test('in float32 is read as bf16, with a warning', () => {
    expect(hfConfigToModel({ ...small.llama, torch_dtype: 'float32' }).warnings).toEqual([
      'stored in float32: read as bf16, as engines load it',
    ])
  })
})

describe('fp8', () => {
  const block = { quant_method: 'fp8', weight_block_size: [128, 128], activation_scheme: 'dynamic' }

  test('in blocks covers the layers but not the head', () => {
    expect(quantised(small.llama, block)).toEqual({
      quantization: 'fp8 block 128x128',
      formats: { attnIn: allOf('fp8-block'), attnOut: allOf('fp8-block'), denseMlp: allOf('fp8-block') },
      activation: 'fp8',
      kv: 'bf16',
      warnings: [],
    })
  })

  test('without blocks has a scale per tensor', () => {
    expect(quantised(small.llama, { quant_method: 'fp8' })).toMatchObject({
      quantization: 'fp8 per tensor',
      formats: { attnIn: allOf('fp8') },
    })
  })

  test('in other blocks than 128 x 128 warns', () => {
    expect(quantised(small.llama, { ...block, weight_block_size: [64, 64] }).warnings).toEqual([
      'fp8 blocks of 64x64 are read as blocks of 128x128',
    ])
  })

  test('leaves modules alone that it names, in whole or by a step of their path', () => {
    const kept = { ...block, modules_to_not_convert: ['gate', 'lm_head', 'o_proj', 'model.layers.1.mlp'] }
    const { formats } = quantised(small.llama, kept)
    expect(formats).toEqual({
      attnIn: allOf('fp8-block'),
      denseMlp: [
        ['fp8-block', 0.75],
        ['bf16', 0.25],
      ],
    })
  })

  test('beside fp4 experts has one-byte scales (DeepSeek-V4)', () => {
    const checkpoint = quantised({ ...small.dsv4, expert_dtype: 'fp4' }, { ...block, scale_fmt: 'ue8m0' })
    expect(checkpoint).toMatchObject({
      quantization: 'fp8 block + MXFP4 experts',
      formats: { routedExperts: allOf('mxfp4'), sharedExperts: allOf('fp8-block-ue8m0'), attnIn: allOf('fp8-block-ue8m0') },
      activation: 'fp8',
    })
  })

  test('in a wrapper is inherited by the text model', () => {
    expect(quantised(small.chunked, block).formats.routedExperts).toEqual(allOf('fp8-block'))
  })
})
