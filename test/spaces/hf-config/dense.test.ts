import { describe, expect, test } from 'vitest'
import { read } from './read.ts'
import { small } from './small.ts'

describe('dense layers', () => {
  const dense = { kind: 'dense', intermediate: 128, gated: true }

  test('a Llama has one group of layers with grouped KV heads', () => {
    const model = read(small.llama)
    expect(model.layerOrder).toBe('0x4')
    expect(model.layerGroups).toEqual([{ count: 4, norms: 2, attn: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16 }, ffn: dense }])
    expect(model).toMatchObject({ hidden: 64, vocab: 1000, maxPosition: 4096, tieEmbeddings: false, norm: 'rmsnorm', modelType: 'llama' })
  })

  test('KV heads that are null or left out are as many as query heads', () => {
    const { num_key_value_heads: _, ...without } = small.llama
    for (const config of [without, { ...small.llama, num_key_value_heads: null }]) {
      expect(read(config).layerGroups[0]?.attn).toMatchObject({ heads: 8, kvHeads: 8 })
    }
  })

  test('one KV head is multi-query attention', () => {
    expect(read({ ...small.llama, num_key_value_heads: 1 }).layerGroups[0]?.attn).toMatchObject({ heads: 8, kvHeads: 1 })
  })

  test('a head dimension that is left out is the hidden size over the heads', () => {
    expect(read({ ...small.llama, head_dim: null }).layerGroups[0]?.attn).toMatchObject({ headDim: 8 })
  })

  test('attention_bias puts a bias on all four projections of a Llama', () => {
    expect(read({ ...small.llama, attention_bias: true, mlp_bias: true }).layerGroups[0]).toMatchObject({
      attn: { qkvBias: true, oBias: true },
      ffn: { bias: true },
    })
  })

  test('Qwen-2 has biases without saying so, and its window only where it is switched on', () => {
    const config = { ...small.llama, model_type: 'qwen2', sliding_window: 256, max_window_layers: 3 }
    expect(read(config).layerGroups).toEqual([
      { count: 4, norms: 2, attn: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkvBias: true }, ffn: dense },
    ])
    const switchedOn = read({ ...config, use_sliding_window: true })
    expect(switchedOn.layerOrder).toBe('0x3 1x1')
    expect(switchedOn.layerGroups[1]?.attn).toMatchObject({ window: 256 })
  })

  test('a window as long as the context is none', () => {
    expect(read({ ...small.llama, model_type: 'phi3', sliding_window: 4096 }).layerGroups[0]?.attn).not.toHaveProperty('window')
    expect(read({ ...small.llama, model_type: 'phi3', sliding_window: 2047 }).layerGroups[0]?.attn).toMatchObject({ window: 2047 })
  })
})
