import { describe, expect, it } from 'vitest'
import { stepTime } from '../../cost-model/step.ts'
import { countParameters } from '../../spaces/parameters.ts'
import { bytesPerElement, storedFormats } from '../../spaces/weights.ts'
import { bf16, catalog, decode, fp8, modelOf, prefill, published } from './layouts.ts'

describe('the work of a step', () => {
  const kept = ['llama-3.3-70b-instruct', 'qwen3-235b-a22b', 'deepseek-v3', 'mixtral-8x7b-v0.1', 'gemma-3-27b-it'] as const

  it('of a prompt is 2 FLOP per active parameter and token, and attention', () => {
    for (const name of kept) {
      const model = catalog.model(name)
      const tokens = 2048
      const { active, byComponent } = countParameters(model)
      const time = stepTime(modelOf(model, { gpu: 'b200-sxm', gpus: 1 }, {}, bf16), prefill(tokens))
      // Embedding rows are looked up, not multiplied; logits are computed for one token only.
      const head = model.vocab * model.hidden
      const linear = 2 * tokens * (active - byComponent.embed - (model.tieEmbeddings ? 0 : head)) + 2 * head
      const attention = model.layerGroups.reduce((sum, { attn, count }) => {
        if (attn.kind === 'gqa') {
          const window = attn.window ?? tokens
          const pairs = (window * (window + 1)) / 2 + (tokens - Math.min(tokens, window)) * window
          const full = (tokens * (tokens + 1)) / 2
          return sum + count * 4 * attn.heads * attn.headDim * Math.min(pairs, full)
        }
        if (attn.kind !== 'mla') return sum
        return sum + (count * 2 * attn.heads * (attn.qkNope + attn.qkRope + attn.vHeadDim) * tokens * (tokens + 1)) / 2
      }, 0)
      expect(Math.abs(time.flops / (linear + attention) - 1), name).toBeLessThan(0.02)
    }
  })

  it('of a decode step reads every weight once (a dense model), and the cache of every sequence', () => {
    const model = catalog.model('llama-3.3-70b-instruct')
    const { total, byComponent } = countParameters(model)
    const weights = (total - byComponent.embed) * bytesPerElement(storedFormats(model, fp8, 'attnIn'))
    const time = (n: number) => stepTime(modelOf(model, { gpu: 'b200-sxm', gpus: 1 }, {}), decode(n, 4000))
    expect(time(1).bytes).toBeGreaterThan(weights)
    expect(time(1).bytes).toBeLessThan(weights * 1.05)
    // 80 layers x 2 x 8 heads x 128 elements of one byte per token.
    const cache = 80 * 2 * 8 * 128 * 4001
    expect((time(64).bytes - time(32).bytes) / 32 / cache).toBeGreaterThan(1)
    expect((time(64).bytes - time(32).bytes) / 32 / cache).toBeLessThan(1.1)
  })

  it('of latent attention in decode is 2176 FLOP and 576 elements per head or token', () => {
    const of = (context: number) =>
      stepTime(modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 8 }, { attentionDp: 8, ep: 8 }, published), decode(8, context))
    const [short, long] = [of(1000), of(2000)]
    expect((long.flops - short.flops) / (61 * 1000 * 128)).toBeCloseTo(2176, 3)
    expect((long.bytes - short.bytes) / (61 * 1000)).toBeCloseTo(576 * 2, 3)
  })

  it('of drafts to verify is attention of every one of them to a cache that is read once', () => {
    const layout = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 8 }, { attentionDp: 8, ep: 8 }, published)
    const of = (context: number, width: number) => {
      return stepTime(layout, { ...decode(8 * width, context / width), decodeWidth: width })
    }
    const growth = (width: number, of1: (context: number, width: number) => number) => (of1(6000, width) - of1(3000, width)) / (61 * 3000)
    for (const width of [1, 2, 4]) {
      expect(growth(width, (...at) => of(...at).flops) / 128).toBeCloseTo(2176 * width, 3)
      expect(growth(width, (...at) => of(...at).bytes)).toBeCloseTo(576 * 2, 3)
    }
  })

  it('replicates KV heads that run out, until decode context parallelism spreads their tokens', () => {
    const bytes = (tp: number, dcp: number) => {
      const model = modelOf('qwen3-235b-a22b', { gpu: 'h200-sxm', gpus: tp }, { tp, dcp, ep: tp }, bf16)
      return (stepTime(model, decode(1, 20001)).bytes - stepTime(model, decode(1, 10001)).bytes) / 10000 / 94
    }
    // 4 KV heads of 2 x 128 elements: each rank of 8 holds one, as of 4; with dcp 2 half its tokens.
    expect(bytes(4, 1)).toBeCloseTo(512, 6)
    expect(bytes(8, 1)).toBeCloseTo(512, 6)
    expect(bytes(8, 2)).toBeCloseTo(256, 6)
  })

  it('does not depend on expert parallelism as far as the cache is concerned', () => {
    const growth = (ep: number) => {
      const model = modelOf('qwen3-235b-a22b', { gpu: 'h200-sxm', gpus: 8 }, { tp: 8, ep, moeTp: 8 / ep }, bf16)
      return stepTime(model, decode(1, 9001)).bytes - stepTime(model, decode(1, 1)).bytes
    }
    expect(growth(8)).toBeCloseTo(growth(1), 3)
  })
})
