import { describe, expect, test } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { InputError } from '../../../spaces/issue.ts'
import { small } from './small.ts'

function issueOf(config: unknown, quant?: unknown) {
  try {
    hfConfigToModel(config, quant, 'm', { config: { file: 'config.json' }, quantisation: { file: 'hf_quant_config.json' } })
  } catch (error) {
    if (error instanceof InputError) return error.issues[0]!
    throw error
  }
  throw new Error('was read without a problem')
}

function without(config: object, key: string): object {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== key))
}

describe('a field that is missing', () => {
  test('is named with its other spellings', () => {
    expect(issueOf(without(small.llama, 'num_hidden_layers'))).toEqual({
      path: 'num_hidden_layers',
      code: 'missing-key',
      message: 'is missing (the number of layers, also read from n_layer, n_layers, num_layers)',
      file: 'config.json',
      line: undefined,
      suggestion: undefined,
    })
  })

  test.each([
    ['hidden_size', /hidden size, also read from n_embd/],
    ['vocab_size', /vocabulary size/],
    ['max_position_embeddings', /context length/],
    ['num_attention_heads', /number of attention heads, also read from n_head/],
    ['intermediate_size', /FFN size/],
  ])('%s of a Llama', (key, message) => {
    expect(issueOf(without(small.llama, key)).message).toMatch(message)
  })

  test('inside a text model is named with the way there', () => {
    const { num_hidden_layers: _, ...text } = small.chunked.text_config
    expect(issueOf({ ...small.chunked, text_config: text }).path).toBe('text_config.num_hidden_layers')
  })

  test.each([
    ['llama', 'num_attention_heads'],
    ['mla', 'kv_lora_rank'],
    ['mla', 'qk_rope_head_dim'],
    ['mla', 'n_routed_experts'],
    ['mla', 'moe_intermediate_size'],
    ['indexedMla', 'index_topk'],
    ['dsv4', 'o_groups'],
    ['dsv4', 'sliding_window'],
    ['slidingSinks', 'num_experts_per_tok'],
    ['gemma4', 'intermediate_size'],
    ['unequalHeads', 'intermediate_size'],
    ['kimiDelta', 'kv_lora_rank'],
    ['blocks', 'mamba_num_heads'],
    ['blocks', 'ssm_state_size'],
    ['nas', 'block_configs'],
  ] as const)('%s without %s says so', (name, key) => {
    const { code, path, message } = issueOf(without(small[name], key))
    expect({ code, path: `${path} ${message}` }).toEqual({ code: expect.stringMatching(/missing-key/), path: expect.stringContaining(key) })
  })
})

describe('a number that makes no sense', () => {
  const keys = [
    'num_hidden_layers',
    'hidden_size',
    'vocab_size',
    'max_position_embeddings',
    'num_attention_heads',
    'num_key_value_heads',
    'head_dim',
    'intermediate_size',
  ]
  const values = [-1, 0, 0.5, 1e12, Number.POSITIVE_INFINITY, Number.NaN, '32', true, {}, []]

  test.each(keys.flatMap((key) => values.map((value) => [key, value] as const)))('%s of %j is refused by name', (key, value) => {
    const { path, code, message } = issueOf({ ...small.llama, [key]: value })
    expect(path).toBe(key)
    expect(['wrong-type', 'out-of-range']).toContain(code)
    expect(message).toMatch(/^must be /)
  })

  test('text that looks like a number shows its quotes', () => {
    expect(issueOf({ ...small.llama, num_hidden_layers: '32' }).message).toBe('must be a whole number, not "32"')
  })

  test.each([
    [{ ...small.llama, num_key_value_heads: 3 }, 'num_key_value_heads', '3 KV heads do not divide 8 attention heads'],
    [{ ...small.llama, head_dim: null, num_attention_heads: 7 }, 'num_attention_heads', /7 heads do not divide a hidden size of 64/],
    [{ ...small.mla, num_experts_per_tok: 17 }, 'num_experts_per_tok', '17 experts per token of 16 experts'],
    [{ ...small.mla, moe_layer_freq: 0 }, 'moe_layer_freq', /must be a whole number above zero or a list/],
    [{ ...small.slidingSinks, layer_types: ['full_attention'] }, 'layer_types', 'has 1 items for 4 layers'],
    [{ ...small.slidingSinks, layer_types: [1, 2, 3, 4] }, 'layer_types', /must be a list of texts/],
    [{ ...small.nas, block_configs: [{}, 3] }, 'block_configs', /must be a list with a mapping per layer/],
    [{ ...small.blocks, hybrid_override_pattern: 'MX' }, 'layers_block_type', /layer 1 is none of mamba, attention, mlp, moe/],
    [{ ...small.llama, attention_bias: 'yes' }, 'attention_bias', /must be true or false, not "yes"/],
    [{ ...small.llama, tie_word_embeddings: 1 }, 'tie_word_embeddings', /must be true or false, not 1/],
  ])('%#: %j', (config, path, message) => {
    const issue = issueOf(config)
    expect(issue.path).toBe(path)
    expect(issue.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
  })
})

describe('a broken quantization', () => {
  test.each([
    [{ quant_method: 'fp8', weight_block_size: [128] }, 'quantization_config.weight_block_size'],
    [{ quant_method: 'fp8', modules_to_not_convert: 'lm_head' }, 'quantization_config.modules_to_not_convert'],
    [{ quant_algo: 8 }, 'quantization_config.quant_algo'],
    [{ quant_algo: 'MIXED_PRECISION', quantized_layers: [] }, 'quantization_config.quantized_layers'],
    [{ quant_method: 'compressed-tensors', config_groups: { a: {} } }, 'quantization_config.config_groups.a.weights'],
    [{ quant_method: 'gptq', bits: '4' }, 'quantization_config.bits'],
    [7, 'quantization_config'],
  ])('%j is refused by name', (quantization_config, path) => {
    expect(issueOf({ ...small.llama, quantization_config })).toMatchObject({ path, file: 'config.json', code: 'wrong-type' })
  })

  test('in hf_quant_config.json names that file', () => {
    expect(issueOf(small.llama, {})).toMatchObject({ path: 'quantization', file: 'hf_quant_config.json', code: 'missing-key' })
    expect(issueOf(small.llama, { quantization: { quant_algo: 'FP8', exclude_modules: 3 } })).toMatchObject({
      path: 'quantization.exclude_modules',
      file: 'hf_quant_config.json',
    })
  })
})

describe('something else than an object', () => {
  test.each([[[]], ['text'], [3], [null], [true]])('%j is refused', (value) => {
    expect(issueOf(value)).toMatchObject({ path: '', code: 'wrong-type', message: expect.stringMatching(/^must be a mapping/) })
  })
})
