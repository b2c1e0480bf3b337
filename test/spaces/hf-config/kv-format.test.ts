import { describe, expect, test } from 'vitest'
import { modelopt, quantised } from './checkpoint.ts'
import { small } from './small.ts'

describe('the KV cache', () => {
  const quant = { quant_algo: 'FP8' }

  test.each([
    [{ kv_cache_quant_algo: 'FP8' }, 'fp8'],
    [{ kv_cache_quant_algo: 'NVFP4' }, 'nvfp4'],
    [{ kv_cache_quant_algo: 'INT8' }, 'int8'],
    [{ kv_cache_quant_algo: null }, 'bf16'],
    [{ kv_cache_scheme: { num_bits: 8, type: 'float', dynamic: false } }, 'fp8'],
    [{ kv_cache_scheme: { num_bits: 8, type: 'int' } }, 'int8'],
    [{ kv_cache_scheme: 'FP8' }, 'fp8'],
    [{ kv_cache_dtype: 'auto' }, 'bf16'],
  ])('declared as %j is kept in %s', (declared, kv) => {
    expect(quantised(small.llama, { ...quant, ...declared }).kv).toBe(kv)
  })

  test('is what hf_quant_config.json says before what config.json says', () => {
    const config = { ...small.llama, quantization_config: { quant_method: 'modelopt', kv_cache_scheme: { num_bits: 8, type: 'float' } } }
    expect(modelopt(config, { quant_algo: 'NVFP4', kv_cache_quant_algo: 'NVFP4' }).kv).toBe('nvfp4')
    expect(modelopt(config, { quant_algo: 'NVFP4' }).kv).toBe('fp8')
  })

  test('in a format nobody knows is read as bf16, with a warning', () => {
    expect(quantised(small.llama, { ...quant, kv_cache_quant_algo: 'FP3' })).toMatchObject({
      kv: 'bf16',
      warnings: ['unknown KV cache format "fp3": read as bf16'],
    })
  })
})
