import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheBytesPerSequence, kvBytesPerToken, layerCacheBytes } from '../../spaces/kv.ts'
import { expandLayers } from '../../spaces/layer-order.ts'
import type { LayerGroup, Model } from '../../spaces/model.ts'
import { facts } from './facts.ts'
import { layerShapes, model, models } from './models.ts'

const MiB = 2 ** 20
const qwen25 = model('Qwen/Qwen2.5-0.5B-Instruct')
const v3 = model('deepseek-ai/DeepSeek-V3')

describe('the KV cache of one sequence', () => {
  it('of Qwen2.5-0.5B at 14 tokens in fp32 is 344,064 B: 336 KiB, 24,576 B per token, 7 KiB of K per layer', () => {
    expect(cacheBytesPerSequence(qwen25, 14, 'fp32')).toBe(344_064)
    expect(kvBytesPerToken(qwen25, 'fp32')).toBe(24_576)
    expect(kvBytesPerToken(qwen25, 'bf16')).toBe(12_288)
    expect(layerCacheBytes(qwen25.layerGroups[0], 14, 'fp32', { tp: 1, dcp: 1 })).toBe(2 * 7 * 1024)
    expect(cacheBytesPerSequence(qwen25, 14, 'fp32') / MiB).toBe(0.328125)
  })

  it('counts every sequence of a batch: two of 2,156 tokens take 105,971,712 B, two of 536 take 25.125 MiB', () => {
    expect(2 * cacheBytesPerSequence(qwen25, 2156, 'fp32')).toBe(105_971_712)
    expect((2 * cacheBytesPerSequence(qwen25, 536, 'fp32')) / MiB).toBe(25.125)
  })

  it('counts KV heads, not query heads, which would be 7 times too much', () => {
    const [group] = qwen25.layerGroups
    const mha = { ...qwen25, layerGroups: [{ ...group, attn: { ...group.attn, kvHeads: 14 } as typeof group.attn }] }
    expect(cacheBytesPerSequence(mha, 14, 'fp32')).toBe(2_408_448)
    expect(cacheBytesPerSequence(mha, 14, 'fp32') / cacheBytesPerSequence(qwen25, 14, 'fp32')).toBe(14 / 2)
  })

  it.each([
    ['Qwen/Qwen3-8B', 147_456],
    ['Qwen/Qwen3-30B-A3B', 98_304],
    ['deepseek-ai/DeepSeek-V3', 61 * 576 * 2],
    ['moonshotai/Kimi-K2-Instruct', 70_272],
    ['meta-llama/Meta-Llama-3.1-8B', 131_072],
    ['meta-llama/Meta-Llama-3.1-70B', 327_680],
    ['meta-llama/Meta-Llama-3.1-405B', 516_096],
    ['internlm/internlm-20b', 1_228_800],
  ])('of %s grows by %i B per token in bf16', (id, bytes) => {
    const m = model(id)
    expect(kvBytesPerToken(m, 'bf16')).toBe(bytes)
    expect(cacheBytesPerSequence(m, 1001, 'bf16') - cacheBytesPerSequence(m, 1000, 'bf16')).toBe(bytes)
    expect(kvBytesPerToken(m, 'fp8')).toBe(bytes / 2)
  })

  it('of Qwen3-Next is 144 MiB of KV at 6,144 tokens and a state of 73.69 MiB that does not grow', () => {
    const next = model('Qwen/Qwen3-Next-80B-A3B-Instruct')
    expect(cacheBytesPerSequence(next, 6144, 'bf16') - cacheBytesPerSequence(next, 0, 'bf16')).toBe(144 * MiB)
    expect(cacheBytesPerSequence(next, 0, 'bf16') / MiB).toBeCloseTo(73.69, 2)
  })

  it('stops growing at the window: Mistral-7B keeps 4,096 tokens', () => {
    const mistral = model('mistralai/Mistral-7B-v0.1')
    expect(cacheBytesPerSequence(mistral, 4096, 'bf16')).toBe(4096 * 131_072)
    expect(cacheBytesPerSequence(mistral, 100_000, 'bf16')).toBe(4096 * 131_072)
    expect(kvBytesPerToken(mistral, 'bf16')).toBe(0)
  })

  it('is the sum over pipeline stages of their own layers, however they are cut', () => {
    const gemma = model('google/gemma-3-27b-it')
    const layers = expandLayers(gemma)
    const of = (part: readonly number[]) =>
      part.reduce((sum, group) => sum + layerCacheBytes(gemma.layerGroups[group], 5000, 'bf16', { tp: 1, dcp: 1 }), 0)
    for (const cut of [1, 16, 31, 61]) {
      expect(of(layers.slice(0, cut)) + of(layers.slice(cut))).toBe(cacheBytesPerSequence(gemma, 5000, 'bf16'))
    }
  })

  it('belongs to attention: the experts beside it do not change it', () => {
    const [dense, moe] = v3.layerGroups
    expect(layerCacheBytes(moe, 4096, 'bf16', { tp: 8, dcp: 1 })).toBe(layerCacheBytes(dense, 4096, 'bf16', { tp: 8, dcp: 1 }))
  })

  it.skipIf(facts.length === 0)('has the full, windowed, indexer and state bytes of all 136 model-facts files', () => {
    for (const { id, kv } of facts) {
      const m = model(id)
      const far = 2 ** 20
      const state = cacheBytesPerSequence(m, 0, 'bf16')
      expect(state, id).toBe(kv.state_bytes_per_seq)
      expect(kvBytesPerToken(m, 'bf16'), id).toBe(kv.full_bytes_per_token_bf16 + kv.indexer_bytes_per_token)
      const [window = 0] = kv.window_tokens
      const expected = far * kvBytesPerToken(m, 'bf16') + window * kv.windowed_bytes_per_token_bf16 + state
      expect(cacheBytesPerSequence(m, far, 'bf16'), id).toBe(expected)
    }
  })
})

describe('the KV cache over ranks', () => {
  /** How often a group of tp ranks holds each entry. */
  function duplication(m: Model, tp: number, dcp: number): number {
    const [group] = m.layerGroups
    return (tp * layerCacheBytes(group, 8192, 'bf16', { tp, dcp })) / layerCacheBytes(group, 8192, 'bf16', { tp: 1, dcp: 1 })
  }

  it.each([
    ['deepseek-ai/DeepSeek-R1', 8, 1, 8],
    ['deepseek-ai/DeepSeek-R1', 8, 8, 1],
    ['moonshotai/Kimi-K2-Instruct', 16, 1, 16],
    ['moonshotai/Kimi-K2-Instruct', 16, 8, 2],
    ['Qwen/Qwen3-235B-A22B', 8, 1, 2],
    ['Qwen/Qwen3-235B-A22B', 8, 2, 1],
    ['Qwen/Qwen3-8B', 8, 1, 1],
    ['Qwen/Qwen3-8B', 4, 1, 1],
    ['Qwen/Qwen3-8B', 4, 2, 1],
  ])('%s on tp %i, dcp %i holds each entry %i times', (id, tp, dcp, times) => {
    expect(duplication(model(id), tp, dcp)).toBe(times)
  })

  it('is split by KV heads, not replicated, while there are heads: Llama-70B on 8 ranks keeps an eighth', () => {
    const [group] = model('meta-llama/Meta-Llama-3.1-70B').layerGroups
    expect(8 * layerCacheBytes(group, 1000, 'bf16', { tp: 8, dcp: 1 })).toBe(layerCacheBytes(group, 1000, 'bf16', { tp: 1, dcp: 1 }))
  })

  it('is divided by sequence shards only where they are given: all-gather prefill keeps all of it', () => {
    const [group] = v3.layerGroups
    const whole = layerCacheBytes(group, 4096, 'bf16', { tp: 1, dcp: 1 })
    expect(layerCacheBytes(group, 4096, 'bf16', { tp: 1, dcp: 1, sp: 4 })).toBe(whole / 4)
    expect(layerCacheBytes(group, 4097, 'bf16', { tp: 1, dcp: 1, sp: 4 })).toBe(whole / 4 + 1152)
  })

  it('spreads the heads of a recurrent state, whatever the tokens', () => {
    const [group] = model('Qwen/Qwen3-Next-80B-A3B-Instruct').layerGroups
    const whole = layerCacheBytes(group, 0, 'bf16', { tp: 1, dcp: 1 })
    expect(layerCacheBytes(group, 9999, 'fp8', { tp: 8, dcp: 1 })).toBe(whole / 8)
    expect(layerCacheBytes(group, 9999, 'fp8', { tp: 64, dcp: 1 })).toBe(whole / 32)
  })

  it('keeps index keys whole on every rank', () => {
    const [group] = model('deepseek-ai/DeepSeek-V3.2').layerGroups
    expect(layerCacheBytes(group, 4096, 'fp8', { tp: 8, dcp: 8 })).toBe(4096 * (576 / 8 + 132))
  })

  const shape = fc.constantFrom(...layerShapes.map((s) => s.group))
  const width = fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
    .map(([a, b]) => ({ tp: 2 ** Math.max(a, b), dcp: 2 ** Math.min(a, b) }))
  const tokens = fc.integer({ min: 0, max: 300_000 })
  const bytes = (group: LayerGroup, n: number, w: { tp: number; dcp: number }) => layerCacheBytes(group, n, 'bf16', w)

  it('never shrinks with tokens and never grows with tp', () => {
    fc.assert(
      fc.property(shape, tokens, fc.integer({ min: 1, max: 1000 }), width, (group, n, more, w) => {
        expect(bytes(group, n + more, w)).toBeGreaterThanOrEqual(bytes(group, n, w))
        expect(bytes(group, n, { ...w, tp: 2 * w.tp })).toBeLessThanOrEqual(bytes(group, n, w))
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it('is held at least once by the ranks together', () => {
    fc.assert(
      fc.property(shape, tokens, width, (group, n, w) => {
        expect(w.tp * bytes(group, n, w)).toBeGreaterThanOrEqual(bytes(group, n, { tp: 1, dcp: 1 }))
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it('scales with the element format where there is no state and no index', () => {
    const plain = models.filter((m) => m.layerGroups.every((g) => g.attn.kind === 'gqa' && g.attn.indexer === undefined))
    for (const m of plain) expect(cacheBytesPerSequence(m, 3000, 'bf16'), m.id).toBe(2 * cacheBytesPerSequence(m, 3000, 'fp8'))
    expect(plain.length).toBeGreaterThan(90)
  })
})
