import { describe, expect, test } from 'vitest'
import { allOf, modelopt } from './checkpoint.ts'
import { small } from './small.ts'

describe('ModelOpt', () => {
  test('hf_quant_config.json outranks quantization_config', () => {
    const config = { ...small.llama, quantization_config: { quant_method: 'fp8', kv_cache_scheme: null } }
    const checkpoint = modelopt(config, { quant_algo: 'NVFP4', kv_cache_quant_algo: 'FP8', exclude_modules: ['lm_head'] })
    expect(checkpoint).toEqual({
      quantization: 'modelopt NVFP4',
      formats: { attnIn: allOf('nvfp4'), attnOut: allOf('nvfp4'), denseMlp: allOf('nvfp4') },
      activation: 'nvfp4',
      kv: 'fp8',
      warnings: [],
    })
  })

  test('excluded modules make fractions of a component: one layer of four, and all query projections', () => {
    const { formats } = modelopt(small.llama, {
      quant_algo: 'FP8',
      exclude_modules: ['lm_head', 'model.layers.0*', 'model.layers.*.self_attn.q_proj'],
    })
    // q: 8 heads, k and v: 2 heads each, of 16 x 64; k and v of three layers of four are quantised.
    expect(formats.attnIn).toEqual([
      ['bf16', (8 * 4 + 4) / 48],
      ['fp8', (4 * 3) / 48],
    ])
    expect(formats.denseMlp).toEqual([
      ['fp8', 0.75],
      ['bf16', 0.25],
    ])
  })

  test('modules of multi-token prediction and of other towers are not those of the text model', () => {
    const { formats } = modelopt(small.llama, { quant_algo: 'NVFP4', exclude_modules: ['mtp.layers.0*', 'model.visual*'] })
    expect(formats.attnIn).toEqual(allOf('nvfp4'))
  })

  test('the wrapper in front of a module name does not matter', () => {
    const { formats } = modelopt(small.gatedDelta, {
      quant_algo: 'NVFP4',
      exclude_modules: ['model.language_model.layers.*.linear_attn*', 'language_model.model.layers.*.self_attn*', '*.mlp.shared_expert.*'],
    })
    expect(Object.keys(formats)).toEqual(['denseMlp', 'routedExperts', 'sharedExperts'])
    // The gate of the shared expert is a module beside it: 64 of 3 x 48 x 64 + 64 elements.
    expect(formats.sharedExperts).toEqual([
      ['bf16', 144 / 145],
      ['nvfp4', 1 / 145],
    ])
  })

  test('mixed precision gives every listed module its own format, the head too', () => {
    const layers = [0, 1, 2, 3]
    const listed = Object.fromEntries([
      ...layers.flatMap((i) =>
        ['q_proj', 'k_proj', 'v_proj'].map((name) => [`model.layers.${i}.self_attn.${name}`, { quant_algo: 'FP8' }]),
      ),
      ...layers.flatMap((i) => ['gate_proj', 'up_proj', 'down_proj'].map((name) => [`model.layers.${i}.mlp.${name}`, w4a16])),
      ['lm_head', w4a16],
    ])
    expect(modelopt(small.llama, { quant_algo: 'MIXED_PRECISION', quantized_layers: listed })).toEqual({
      quantization: 'modelopt MIXED_PRECISION',
      formats: { lmHead: allOf('nvfp4'), attnIn: allOf('fp8'), denseMlp: allOf('nvfp4') },
      activation: 'bf16',
      kv: 'bf16',
      warnings: [],
    })
  })

  const w4a16 = { quant_algo: 'W4A16_NVFP4', group_size: 16 }

  test('mixed precision on top of an fp8 checkpoint leaves the rest in fp8', () => {
    const base = { quant_method: 'fp8', weight_block_size: [128, 128], scale_fmt: 'ue8m0' }
    const quantized_layers = Object.fromEntries([0, 1, 2, 3].map((i) => [`layers.${i}.ffn.experts`, { quant_algo: 'NVFP4' }]))
    const config = { ...small.dsv4, expert_dtype: 'fp4', quantization_config: base }
    const { formats } = modelopt(config, { quant_algo: 'MIXED_PRECISION', quantized_layers, exclude_modules: ['*.attn.*', 'head'] })
    expect(formats).toMatchObject({
      routedExperts: allOf('nvfp4'),
      sharedExperts: allOf('fp8-block-ue8m0'),
      attnIn: allOf('fp8-block-ue8m0'),
    })
  })

  test('experts beside a dense FFN are not excluded with it', () => {
    const { formats } = modelopt(small.gemma4, {
      quant_algo: 'NVFP4',
      exclude_modules: ['model.language_model.layers.*.mlp*', 'model.language_model.layers.*.self_attn*'],
    })
    expect(formats).toEqual({ routedExperts: allOf('nvfp4') })
  })

  test('an algorithm nobody knows warns and leaves bf16', () => {
    expect(modelopt(small.llama, { quant_algo: 'FP2' })).toMatchObject({
      formats: {},
      warnings: ['unknown quantisation "FP2": its weights are read as bf16'],
    })
  })
})
