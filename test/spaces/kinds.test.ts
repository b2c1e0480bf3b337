import { describe, expect, it } from 'vitest'
import { type Attention, attentionKind, attentionKinds } from '../../spaces/attention/index.ts'
import type { Cache } from '../../spaces/attention/kind.ts'
import { type Ffn, ffnKind, ffnKinds } from '../../spaces/ffn/index.ts'
import { tensorParameters } from '../../spaces/tensor.ts'
import { layerShapes, model } from './models.ts'

interface Sample {
  readonly id: string
  readonly group: number
  /** Parameters of one layer's part, by hand from the published shapes. */
  readonly parameters: number
}

const mixers: Readonly<
  Record<
    Attention['kind'],
    Sample & { readonly heads: readonly [query: number, kv: number, groups: number]; readonly caches: readonly Cache[] }
  >
> = {
  gqa: {
    id: 'meta-llama/Llama-3.3-70B-Instruct',
    group: 0,
    parameters: 8192 * (8192 + 2 * 1024) + 8192 * 8192,
    heads: [64, 8, 0],
    caches: [{ kind: 'tokens', heads: 8, elements: 256 }],
  },
  mla: {
    id: 'deepseek-ai/DeepSeek-V3',
    group: 0,
    parameters: 7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 + 128 * 128 * 7168 + 1536 + 512,
    heads: [128, 1, 0],
    caches: [{ kind: 'tokens', heads: 1, elements: 576 }],
  },
  dsv4: {
    id: 'deepseek-ai/DeepSeek-V4-Flash',
    group: 3,
    // q, kv, sinks; grouped output; compressor; indexer; three norms.
    parameters: 39_845_952 + 2 * 33_554_432 + 8_392_704 + 10_749_056 + 2048,
    heads: [64, 1, 8],
    caches: [
      { kind: 'tokens', heads: 1, elements: 512, window: 128 },
      { kind: 'tokens', heads: 1, elements: 512, every: 4 },
      { kind: 'indexer', bytes: 132, every: 4 },
    ],
  },
  gdn: {
    id: 'Qwen/Qwen3-Next-80B-A3B-Instruct',
    group: 0,
    parameters: 2048 * (4096 + 8192) + 2048 * 64 + 4 * 8192 + 64 + 128 + 4096 * 2048,
    heads: [16, 16, 0],
    caches: [{ kind: 'state', heads: 32, bytes: 32 * 128 * 128 * 4 + 8192 * 3 * 2 }],
  },
  kda: {
    id: 'moonshotai/Kimi-Linear-48B-A3B-Instruct',
    group: 0,
    parameters: 39_514_272,
    heads: [32, 32, 0],
    caches: [{ kind: 'state', heads: 32, bytes: 32 * 128 * 128 * 4 + 3 * 4096 * 3 * 2 }],
  },
  mamba1: {
    id: 'state-spaces/mamba-2.8b-hf',
    group: 0,
    parameters: 41_241_600,
    heads: [5120, 5120, 0],
    caches: [{ kind: 'state', heads: 5120, bytes: 5120 * (16 * 4 + 3 * 2) }],
  },
  mamba2: {
    id: 'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16',
    group: 0,
    parameters: 2688 * (2 * 4096 + 2048 + 64) + 5 * 6144 + 3 * 64 + 4096 + 4096 * 2688,
    heads: [64, 8, 8],
    caches: [{ kind: 'state', heads: 64, bytes: 64 * 64 * 128 * 4 + 6144 * 3 * 2 }],
  },
  lightning: {
    id: 'MiniMaxAI/MiniMax-Text-01',
    group: 0,
    parameters: 5 * 6144 * 8192 + 8192,
    heads: [64, 64, 0],
    caches: [{ kind: 'state', heads: 64, bytes: 64 * 128 * 128 * 4 }],
  },
  none: { id: 'nvidia/Llama-3_3-Nemotron-Super-49B-v1', group: 2, parameters: 0, heads: [0, 0, 0], caches: [] },
}

const ffns: Readonly<Record<Ffn['kind'], Sample>> = {
  dense: { id: 'meta-llama/Llama-3.3-70B-Instruct', group: 0, parameters: 3 * 8192 * 28672 },
  moe: {
    id: 'moonshotai/Kimi-K3',
    group: 1,
    // Router with bias, latent projections and norm; experts on the latent; shared experts on the hidden state.
    parameters: 896 * 7169 + 2 * 7168 * 3584 + 3584 + 896 * 3 * 3584 * 3072 + 3 * 7168 * 6144,
  },
  none: { id: 'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16', group: 0, parameters: 0 },
}

describe('token mixers', () => {
  it.each(Object.entries(mixers))('%s has the weights, heads and caches of a published layer', (kind, sample) => {
    const m = model(sample.id)
    const { attn } = m.layerGroups[sample.group]
    const { tensors, heads, caches } = attentionKind(attn)
    expect(attn.kind).toBe(kind)
    expect(tensors(attn, m.hidden).reduce((sum, t) => sum + tensorParameters(t), 0)).toBe(sample.parameters)
    const { query, kv, groups } = heads(attn)
    expect([query, kv, groups ?? 0]).toEqual(sample.heads)
    expect(caches(attn)).toEqual(sample.caches)
  })

  it('are registered under their own kind, and the catalogue uses all of them', () => {
    for (const [name, kind] of Object.entries(attentionKinds)) expect(kind.kind).toBe(name)
    expect(new Set(layerShapes.map(({ group }) => group.attn.kind))).toEqual(new Set(Object.keys(attentionKinds)))
  })

  it('keep what they cache in whole heads of whole bytes', () => {
    for (const { group } of layerShapes) {
      for (const cache of attentionKind(group.attn).caches(group.attn)) {
        if (cache.kind === 'state') expect(Number.isInteger(cache.bytes)).toBe(true)
        if (cache.kind !== 'indexer') expect(cache.heads).toBeGreaterThan(0)
      }
    }
  })
})

describe('feed-forward blocks', () => {
  it.each(Object.entries(ffns))('%s has the weights of a published layer', (kind, sample) => {
    const m = model(sample.id)
    const { ffn } = m.layerGroups[sample.group]
    expect(ffn.kind).toBe(kind)
    expect(
      ffnKind(ffn)
        .tensors(ffn, m.hidden)
        .reduce((sum, t) => sum + tensorParameters(t), 0),
    ).toBe(sample.parameters)
  })

  it('are registered under their own kind, and the catalogue uses all of them', () => {
    for (const [name, kind] of Object.entries(ffnKinds)) expect(kind.kind).toBe(name)
    expect(new Set(layerShapes.map(({ group }) => group.ffn.kind))).toEqual(new Set(Object.keys(ffnKinds)))
  })

  it('have three matrices when gated and two when plain', () => {
    const names = (gated: boolean) => ffnKinds.dense.tensors({ kind: 'dense', intermediate: 8, gated }, 4).map((t) => t.name)
    expect(names(true)).toEqual(['gate_proj', 'up_proj', 'down_proj'])
    expect(names(false)).toEqual(['up_proj', 'down_proj'])
  })
})
