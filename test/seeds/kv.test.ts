import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../cost-model/memory.ts'
import { stageLayers } from '../../cost-model/pipeline.ts'
import { cacheBytesPerSequence, kvBytesPerToken, layerCacheBytes } from '../../spaces/kv.ts'
import type { Layout } from '../../spaces/plan.ts'
import { catalog } from '../cost-model/layouts.ts'
import { allTp, makeCase } from '../cost-model/memory/cases.ts'

const qwen = catalog.model('qwen2.5-0.5b-instruct')

/** How often the ranks of a TP group together hold a token of an attention layer. */
function copies(name: string, tp: number, dcp = 1): number {
  const group = catalog.model(name).layerGroups[0]!
  return (tp * layerCacheBytes(group, 4096, 'bf16', { tp, dcp })) / layerCacheBytes(group, 4096, 'bf16', { tp: 1, dcp: 1 })
}

/** KV bytes on the fullest GPU, and tokens of one replica. */
function kvOf(model: string, layout: Partial<Layout>) {
  const { scenario, pool, plan } = makeCase({
    model,
    layout,
    engine: 'generic',
    isl: 3072,
    osl: 1024,
    batch: 4,
    bytes: 500e9,
    precision: { weights: 'fp8' },
  })
  const { terms, kvCapacityTokens } = memoryOf(scenario, pool, plan)
  return { bytes: terms.kv, tokens: kvCapacityTokens }
}

describe('KV cache (seeds 000 and 002)', () => {
  it('R-KV-1: 14 tokens of Qwen2.5-0.5B in fp32 take 344,064 bytes, which are 0.328 MiB and not 0.000328 GB', () => {
    const bytes = cacheBytesPerSequence(qwen, 14, 'fp32')
    expect(bytes).toBe(344_064)
    expect(bytes / 2 ** 20).toBe(0.328125)
    expect(bytes / 2 ** 30).not.toBeCloseTo(0.000328125, 6)
    expect([kvBytesPerToken(qwen, 'fp32'), kvBytesPerToken(qwen, 'bf16')]).toEqual([24_576, 12_288])
    // One layer's keys: 7.00 KiB in the seed's dump.
    expect(bytes / 24 / 2 / 1024).toBe(7)
  })

  it('R-KV-2: the dump of 101.0625 MiB is of two requests of 2,156 tokens, not of 536', () => {
    expect((2 * cacheBytesPerSequence(qwen, 2156, 'fp32')) / 2 ** 20).toBe(101.0625)
    expect((2 * cacheBytesPerSequence(qwen, 536, 'fp32')) / 2 ** 20).toBe(25.125)
  })

  it('R-KV-3: counts KV heads, a seventh of the query heads that the formula of the seeds multiplies', () => {
    const { attn } = qwen.layerGroups[0]!
    if (attn.kind !== 'gqa') throw new Error('is not GQA')
    const asMha = { ...qwen, layerGroups: [{ ...qwen.layerGroups[0]!, attn: { ...attn, kvHeads: attn.heads } }] }
    expect(cacheBytesPerSequence(asMha, 14, 'fp32')).toBe(2_408_448)
    expect(cacheBytesPerSequence(asMha, 14, 'fp32') / cacheBytesPerSequence(qwen, 14, 'fp32')).toBe(attn.heads / attn.kvHeads)
  })

  it('R-KV-4: TP divides KV heads and copies only heads that run out', () => {
    expect([copies('qwen3-8b', 2), copies('qwen3-8b', 8)]).toEqual([1, 1])
    expect([copies('deepseek-r1', 8), copies('kimi-k2-instruct', 16), copies('qwen3-235b-a22b', 8)]).toEqual([8, 16, 2])
    expect([copies('deepseek-r1', 8, 8), copies('kimi-k2-instruct', 16, 8), copies('qwen3-235b-a22b', 8, 2)]).toEqual([1, 2, 1])
  })

  it('R-KV-5: stages hold the KV of their own layers, the first ones more where they do not divide', () => {
    expect(stageLayers(61, 4)).toEqual([16, 15, 15, 15])
    expect(kvOf('llama-3.3-70b-instruct', { ...allTp(2), pp: 4 }).bytes).toBe(kvOf('llama-3.3-70b-instruct', allTp(2)).bytes / 4)
  })

  it('R-KV-6: EP leaves the KV of a GPU as it is: KV belongs to attention, not to experts', () => {
    const attention = { tp: 8, ffnTp: 8 }
    const [spread, cut] = [kvOf('qwen3-235b-a22b', { ...attention, ep: 8 }), kvOf('qwen3-235b-a22b', { ...attention, moeTp: 8 })]
    expect(spread.bytes).toBe(cut.bytes)
  })

  it('R-KV-7: a replica holds the KV of its own requests, so that n replicas hold n times as much', () => {
    const [one, two] = [kvOf('qwen3-8b', { replicas: 1 }), kvOf('qwen3-8b', { replicas: 2 })]
    expect([two.bytes, two.tokens]).toEqual([one.bytes, one.tokens])
  })

  it('R-KV-8: a ring shards the KV of a prompt, all-gather keeps all of it on every rank', () => {
    const on = (layout: Partial<Layout>) => kvOf('llama-3.3-70b-instruct', { ...allTp(2), moeTp: 8, ...layout }).bytes
    const whole = on({ moeTp: 2 })
    expect(on({ sp: 4, spKind: 'ring' })).toBe(whole / 4)
    expect(on({ sp: 4, spKind: 'all-gather' })).toBe(whole)
    expect(on({ sp: 4, spKind: 'all-to-all' })).toBe(whole / 4)
  })

  it('R-KV-9: takes per token and layer what its kind of attention keeps', () => {
    // InferSim prints 96, 144 and 68.62 KiB, and 144 MiB and 73.69 MiB for Qwen3-Next.
    expect(kvBytesPerToken(catalog.model('qwen3-8b'), 'fp16')).toBe(144 * 1024)
    expect(kvBytesPerToken(catalog.model('qwen3-30b-a3b'), 'bf16')).toBe(96 * 1024)
    expect(kvBytesPerToken(catalog.model('deepseek-v3'), 'bf16')).toBe(61 * 576 * 2)
    const hybrid = catalog.model('qwen3-next-80b-a3b-instruct')
    const state = cacheBytesPerSequence(hybrid, 0, 'bf16')
    expect((cacheBytesPerSequence(hybrid, 6144, 'bf16') - state) / 2 ** 20).toBe(144)
    expect(state / 2 ** 20).toBeCloseTo(73.69, 2)
  })
})
