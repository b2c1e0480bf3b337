import { describe, expect, test } from 'vitest'
import { read } from './read.ts'
import { small } from './small.ts'

describe('layers with a window', () => {
  test('layer_types alternates windowed and full layers, with attention sinks and biases everywhere', () => {
    const model = read(small.slidingSinks)
    const attn = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkvBias: true, oBias: true, sinks: true }
    const ffn = { kind: 'moe', experts: 8, topK: 2, intermediate: 32, gated: true, routerBias: true, expertBias: true }
    expect(model.layerOrder).toBe('(0x1 1x1)x2')
    expect(model.layerGroups).toEqual([
      { count: 2, norms: 2, attn: { ...attn, window: 128 }, ffn },
      { count: 2, norms: 2, attn, ffn },
    ])
  })

  test('Llama-4 sees everything in every fourth layer and one chunk in the others; every second layer has experts', () => {
    const model = read(small.chunked)
    const attn = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16 }
    const dense = { kind: 'dense', intermediate: 128, gated: true }
    const moe = { kind: 'moe', experts: 8, topK: 1, intermediate: 32, gated: true, sharedIntermediate: 32 }
    expect(model.layerOrder).toBe('(0x1 1x1 0x1 2x1)x2')
    expect(model.layerGroups).toEqual([
      { count: 4, norms: 2, attn: { ...attn, window: 512, windowKind: 'chunked' }, ffn: dense },
      { count: 2, norms: 2, attn: { ...attn, window: 512, windowKind: 'chunked' }, ffn: moe },
      { count: 2, norms: 2, attn, ffn: moe },
    ])
    expect(model).toMatchObject({ architecture: 'Llama4ForConditionalGeneration', modelType: 'llama4_text' })
    expect(model.notes).toMatch(/vision_config not counted/)
  })

  test('Llama-4 takes a list of layers without rotary positions', () => {
    const text = { ...small.chunked.text_config, no_rope_layers: [0, 1, 1, 1, 1, 1, 1, 1] }
    expect(read({ ...small.chunked, text_config: text }).layerOrder).toBe('0x1 (1x1 2x1)x3 1x1')
  })

  test('Gemma-4 has wider full layers with one projection for K and V, and experts beside a dense FFN', () => {
    const model = read(small.gemma4)
    const attn = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkNorm: 'perHead' }
    const ffn = { kind: 'moe', experts: 8, topK: 2, intermediate: 24, gated: true, parallelDenseIntermediate: 48, routerExtra: 72 }
    expect(model).toMatchObject({ layerOrder: '0x5 1x1', tieEmbeddings: true })
    expect(model.layerGroups).toEqual([
      { count: 5, norms: 7, extraParameters: 1, attn: { ...attn, window: 1024 }, ffn },
      { count: 1, norms: 7, extraParameters: 1, attn: { ...attn, kvHeads: 1, headDim: 32, kEqV: true }, ffn },
    ])
  })

  test('MiMo-V2 counts 1 as sliding, has narrower V and other KV heads there', () => {
    const model = read(small.unequalHeads)
    const moe = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: true, routerBias: true }
    expect(model.layerGroups).toEqual([
      {
        count: 1,
        norms: 2,
        attn: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 24, vHeadDim: 16 },
        ffn: { kind: 'dense', intermediate: 128, gated: true },
      },
      {
        count: 2,
        norms: 2,
        attn: { kind: 'gqa', heads: 8, kvHeads: 4, headDim: 24, vHeadDim: 16, window: 128, sinks: true },
        ffn: moe,
      },
    ])
  })

  test('Step has more heads in sliding layers, a gate per head, and lists its MoE layers as text', () => {
    const { layerOrder, layerGroups } = read(small.headwiseGate)
    expect(layerOrder).toBe('0x1 1x1 2x1')
    expect(layerGroups.map(({ attn }) => attn)).toEqual([
      { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkNorm: 'perHead', gate: 'headwise' },
      { kind: 'gqa', heads: 12, kvHeads: 2, headDim: 16, qkNorm: 'perHead', gate: 'headwise', window: 512 },
      { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkNorm: 'perHead', gate: 'headwise' },
    ])
    expect(layerGroups.map(({ ffn }) => ffn.kind)).toEqual(['dense', 'moe', 'moe'])
    expect(layerGroups[1]?.ffn).toMatchObject({ experts: 16, topK: 4, sharedIntermediate: 48, routerBias: true })
  })
})
