import { describe, expect, test } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { read } from './read.ts'
import { small } from './small.ts'

describe('hybrid layers', () => {
  test('Qwen-3.5 has gated attention every fourth layer, gated delta nets between, and shared experts with a gate', () => {
    const { layerOrder, layerGroups, mtp } = read(small.gatedDelta)
    const gdn = { kind: 'gdn', kHeads: 2, kDim: 8, vHeads: 4, vDim: 8, conv: 4 }
    const full = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16, qkNorm: 'perHead', gate: 'elementwise' }
    const ffn = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: true, sharedIntermediate: 48, sharedGate: true }
    expect(layerOrder).toBe('0x1 1x2 2x1 1x3 2x1')
    expect(layerGroups).toEqual([
      { count: 1, norms: 2, attn: gdn, ffn: { kind: 'dense', intermediate: 128, gated: true } },
      { count: 5, norms: 2, attn: gdn, ffn },
      { count: 2, norms: 2, attn: full, ffn },
    ])
    expect(mtp?.layer).toEqual({ norms: 2, attn: full, ffn })
  })

  test('Kimi counts its delta layers from 1 and keeps experts in a latent space', () => {
    const { layerOrder, layerGroups, extraParameters } = read(small.kimiDelta)
    const kda = { kind: 'kda', heads: 8, headDim: 16, conv: 4, fullRankGate: true }
    const moe = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: true, sharedIntermediate: 32, routerBias: true }
    expect(layerOrder).toBe('0x1 1x2 2x1')
    expect(layerGroups).toEqual([
      { count: 1, norms: 2, extraParameters: 256, attn: kda, ffn: { kind: 'dense', intermediate: 128, gated: true } },
      { count: 2, norms: 2, extraParameters: 256, attn: kda, ffn: { ...moe, latent: 40, latentNorm: true } },
      {
        count: 1,
        norms: 2,
        extraParameters: 256,
        attn: { kind: 'mla', heads: 8, qLoraRank: 24, kvLoraRank: 32, qkNope: 16, qkRope: 8, vHeadDim: 16, gate: 'elementwise' },
        ffn: { ...moe, latent: 40, latentNorm: true },
      },
    ])
    expect(extraParameters).toBe(128)
  })

  test('Nemotron-H has one mixer or one FFN per block, and as many layers as its pattern has letters', () => {
    const model = read(small.blocks)
    const moe = { kind: 'moe', experts: 16, topK: 4, intermediate: 32, gated: false, sharedIntermediate: 48, routerBias: true, latent: 24 }
    const attn = { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 16 }
    expect(model.layerOrder).toBe('0x1 1x1 2x1 3x1 0x1 1x1')
    expect(model.layerGroups).toEqual([
      {
        count: 2,
        norms: 1,
        attn: { kind: 'mamba2', heads: 8, headDim: 16, groups: 2, state: 32, conv: 4, convBias: true },
        ffn: { kind: 'none' },
      },
      { count: 2, norms: 1, attn: { kind: 'none' }, ffn: moe },
      { count: 1, norms: 1, attn, ffn: { kind: 'none' } },
      { count: 1, norms: 1, attn: { kind: 'none' }, ffn: { kind: 'dense', intermediate: 128, gated: false } },
    ])
    expect(model.mtp?.layer).toEqual({ norms: 2, attn, ffn: moe })
  })

  test('the pattern may be a list of words instead', () => {
    const { hybrid_override_pattern: _, ...rest } = small.blocks
    const listed = { ...rest, layers_block_type: ['mamba', 'moe', 'attention', 'mlp', 'mamba', 'moe'] }
    expect(read(listed)).toEqual(read(small.blocks))
  })

  test('NAS blocks have their own heads and FFN width, or none', () => {
    const { layerOrder, layerGroups } = read(small.nas)
    // 2 x 2.625 x 512 / 3 = 896, up to the next 256; 2 x 0.5 x 512 / 3 = 170.
    expect(layerOrder).toBe('0x1 1x1 2x1 1x1')
    expect(layerGroups).toEqual([
      {
        count: 1,
        norms: 2,
        attn: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 64 },
        ffn: { kind: 'dense', intermediate: 1024, gated: true },
      },
      { count: 2, norms: 1, attn: { kind: 'none' }, ffn: { kind: 'dense', intermediate: 256, gated: true } },
      { count: 1, norms: 1, attn: { kind: 'gqa', heads: 8, kvHeads: 1, headDim: 64 }, ffn: { kind: 'none' } },
    ])
  })

  test('NAS blocks that became one matrix are counted and warned of', () => {
    const [first, ...rest] = small.nas.block_configs
    const linear = { ...first, attention: { replace_with_linear: true } }
    const { model, warnings } = hfConfigToModel({ ...small.nas, block_configs: [linear, ...rest] })
    expect(model.layerGroups[0]).toMatchObject({ attn: { kind: 'none' }, extraParameters: 512 * 512 })
    expect(warnings).toEqual(['attention blocks that became one matrix are counted, but cost no time'])
  })
})
