import { describe, expect, test } from 'vitest'
import { textConfig } from '../../../spaces/hf-config/text-config.ts'

describe('the text model of a config', () => {
  test('is the config itself where nothing wraps it', () => {
    const outer = { model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 8 }
    expect(textConfig(outer, {})).toEqual({
      values: outer,
      where: {},
      modelTypes: ['llama'],
      architecture: 'LlamaForCausalLM',
      towers: [],
    })
  })

  test.each(['text_config', 'language_config', 'llm_config', 'thinker_config'])('lies in %s', (key) => {
    const { values, where } = textConfig({ model_type: 'outer', [key]: { hidden_size: 8 } }, {})
    expect(values).toEqual({ hidden_size: 8 })
    expect(where.path).toEqual([key])
  })

  test('may lie two wrappers deep', () => {
    const outer = { model_type: 'omni', thinker_config: { model_type: 'thinker', text_config: { model_type: 'text', hidden_size: 8 } } }
    expect(textConfig(outer, {})).toMatchObject({
      values: { hidden_size: 8 },
      where: { path: ['thinker_config', 'text_config'] },
      modelTypes: ['text', 'thinker', 'omni'],
    })
  })

  test('inherits quantisation, tying and dtype where it has none of its own', () => {
    const outer = {
      quantization_config: { quant_method: 'fp8' },
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
      hidden_size: 1,
      text_config: {},
    }
    const inner = { hidden_size: 8, tie_word_embeddings: false, torch_dtype: null }
    expect(textConfig({ ...outer, text_config: inner }, {}).values).toEqual({
      hidden_size: 8,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      quantization_config: { quant_method: 'fp8' },
    })
  })

  test('is not a wrapper’s object without a hidden size', () => {
    const outer = { hidden_size: 8, text_config: { anything: 1 } }
    expect(textConfig(outer, {}).values).toBe(outer)
  })

  test('keeps the wrapper’s architecture and the names of other towers', () => {
    const outer = {
      architectures: ['Outer'],
      text_config: { architectures: ['Inner'], hidden_size: 8 },
      vision_config: { depth: 2 },
      audio_config: null,
    }
    expect(textConfig(outer, {})).toMatchObject({ architecture: 'Outer', towers: ['vision_config'] })
  })
})
