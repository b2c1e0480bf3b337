import { describe, expect, test } from 'vitest'
import { read } from './read.ts'
import { small } from './small.ts'

describe('latent attention', () => {
  const latent = { kind: 'mla', heads: 8, qLoraRank: 24, kvLoraRank: 32, qkNope: 16, qkRope: 8, vHeadDim: 16 }
  const moe = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: true, sharedIntermediate: 64, routerBias: true }

  test('DeepSeek-V3 has dense layers in front and a prediction layer with its own embedding and head', () => {
    const model = read(small.mla)
    expect(model.layerOrder).toBe('0x2 1x3')
    expect(model.layerGroups).toEqual([
      { count: 2, norms: 2, attn: latent, ffn: { kind: 'dense', intermediate: 128, gated: true } },
      { count: 3, norms: 2, attn: latent, ffn: moe },
    ])
    expect(model.mtp).toEqual({ layers: 1, layer: { norms: 2, attn: latent, ffn: moe }, ownEmbed: true, ownHead: true })
  })

  test('groups limit the choice of experts where there are several, fewer are chosen, and the router is not greedy', () => {
    const groupsOf = (changes: object) =>
      read({ ...small.mla, ...changes }).layerGroups.map(({ ffn }) => ('groups' in ffn ? ffn.groups : null))
    expect(groupsOf({ n_group: 4, topk_group: 2 })).toEqual([null, { count: 4, limit: 2 }])
    expect(groupsOf({ num_expert_group: 4, topk_group: 1 })).toEqual([null, { count: 4, limit: 1 }])
    expect(groupsOf({ n_group: 1, topk_group: 1 })).toEqual([null, null])
    expect(groupsOf({ n_group: 4, topk_group: 4 })).toEqual([null, null])
    expect(groupsOf({ n_group: 4, topk_group: 2, topk_method: 'greedy' })).toEqual([null, null])
    expect(() => read({ ...small.mla, n_group: 3, topk_group: 2 })).toThrow('16 experts do not divide into 3 groups')
    expect(() => read({ ...small.mla, n_group: 8, topk_group: 1 })).toThrow('1 of 8 groups hold fewer than 4 of 16 experts')
  })

  test('a Q rank of null projects Q directly', () => {
    expect(read({ ...small.mla, q_lora_rank: null }).layerGroups[0]?.attn).not.toHaveProperty('qLoraRank')
  })

  test('GLM-5 ignores head_dim; layers share the index where indexer_types says so', () => {
    const indexer = { kind: 'dsa', heads: 2, dim: 8, topK: 128 }
    const { layerGroups, mtp } = read(small.indexedMla)
    expect(layerGroups.map(({ attn }) => attn)).toEqual([
      { ...latent, indexer },
      { ...latent, indexer },
      { ...latent, indexer: { ...indexer, shared: true } },
    ])
    expect(mtp?.layer.attn).toEqual({ ...latent, indexer })
  })

  test('DeepSeek-V4 compresses by layer, routes the first layers by token, and mixes four residual streams', () => {
    const { layerOrder, layerGroups, mtp, extraParameters } = read(small.dsv4)
    const attn = { kind: 'dsv4', heads: 8, headDim: 32, qkRope: 8, qLoraRank: 24, oGroups: 2, oLoraRank: 16, window: 128 }
    const csa = { kind: 'csa', heads: 2, dim: 8, topK: 128 }
    const balanced = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: true, sharedIntermediate: 32, routerBias: true }
    const { routerBias: _, ...hashed } = { ...balanced, hashTableVocab: 1000 }
    // 2 x (24 mixes of 4 x 64 + 24 + 3); the head joins 4 streams: 4 x 4 x 64 + 4 + 1.
    const extra = 2 * (24 * 4 * 64 + 27)
    expect(layerOrder).toBe('0x1 1x1 2x1 1x1')
    expect(layerGroups).toEqual([
      { count: 1, norms: 2, extraParameters: extra, attn: { ...attn, compressRatio: 0 }, ffn: hashed },
      { count: 2, norms: 2, extraParameters: extra, attn: { ...attn, compressRatio: 4, indexer: csa }, ffn: balanced },
      { count: 1, norms: 2, extraParameters: extra, attn: { ...attn, compressRatio: 128 }, ffn: balanced },
    ])
    expect(extraParameters).toBe(1029)
    expect(mtp).toEqual({
      layers: 1,
      layer: { norms: 2, extraParameters: extra + 1029, attn: { ...attn, compressRatio: 0 }, ffn: balanced },
    })
  })

  test('MiniMax-M3 chooses blocks of keys in its sparse layers, also where the text model has no type of its own', () => {
    const model = read(small.blockSparse)
    const attn = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkNorm: 'perHead' }
    expect(model.modelType).toBe('minimax_m3_vl')
    expect(model.layerGroups).toEqual([
      { count: 1, norms: 2, attn, ffn: { kind: 'dense', intermediate: 128, gated: true } },
      {
        count: 2,
        norms: 2,
        attn: { ...attn, indexer: { kind: 'msa', heads: 2, kvHeads: 1, dim: 16, topK: 256, block: 64 } },
        ffn: { kind: 'moe', experts: 8, topK: 2, intermediate: 32, gated: true, sharedIntermediate: 32, routerBias: true },
      },
    ])
  })
})
