import { describe, expect, it } from 'vitest'
import { stepTime } from '../../cost-model/step.ts'
import type { Attention } from '../../spaces/attention/index.ts'
import type { Model } from '../../spaces/model.ts'
import { countParameters } from '../../spaces/parameters.ts'
import { bf16, catalog, decode, modelOf, prefill } from './layouts.ts'

const names = ['llama-3.3-70b-instruct', 'meta-llama-3.1-405b', 'qwen3-235b-a22b', 'gpt-oss-120b', 'deepseek-v3'] as const

/** Of one token, summed over layers: FLOP per pair of a query and a key, or elements cached, each times what `of` says of a layer. */
function overLayers(model: Model, of: (attn: Attention) => number): number {
  return model.layerGroups.reduce((sum, { attn, count }) => sum + count * of(attn), 0)
}

/** Elements of one head's query and value, as cached (a latent for MLA) or expanded for a prompt. */
function widths(attn: Attention, expanded: boolean): number {
  if (attn.kind === 'gqa') return 2 * attn.headDim
  if (attn.kind !== 'mla') throw new Error(attn.kind)
  return expanded ? attn.qkNope + attn.qkRope + attn.vHeadDim : 2 * attn.kvLoraRank + attn.qkRope
}

const heads = (attn: Attention) => (attn.kind === 'gqa' || attn.kind === 'mla' ? attn.heads : 0)
const windowOf = (attn: Attention) => (attn.kind === 'gqa' ? (attn.window ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY)

/** Parameters that a token is multiplied with in the layers, and those of the head. */
function multiplied(model: Model): readonly [layers: number, head: number] {
  const { active, byComponent } = countParameters(model)
  const head = model.vocab * model.hidden
  return [active - byComponent.embed - (model.tieEmbeddings ? 0 : head), head]
}

describe('a step on one GPU against closed forms', () => {
  const on = (model: Model) => modelOf(model, { gpu: 'b200-sxm', gpus: 1 }, {}, bf16, 'generic')

  it('multiplies 2 x active parameters x tokens, and every query with the keys before it, within 1 %', () => {
    for (const name of names) {
      const model = catalog.model(name)
      const [layers, head] = multiplied(model)
      const tokens = 3000
      const pairs = (window: number) => {
        const ramp = Math.min(window, tokens)
        return (ramp * (ramp + 1)) / 2 + (tokens - ramp) * ramp
      }
      const prompt = overLayers(model, (attn) => 2 * heads(attn) * widths(attn, true) * pairs(windowOf(attn)))
      expect(stepTime(on(model), prefill(tokens)).flops / (2 * layers * tokens + 2 * head + prompt), name).toBeCloseTo(1, 2)
      const [requests, context] = [32, 6000]
      const step = overLayers(model, (attn) => 2 * heads(attn) * widths(attn, false) * requests * Math.min(context + 1, windowOf(attn)))
      expect(stepTime(on(model), decode(requests, context)).flops / (2 * (layers + head) * requests + step), name).toBeCloseTo(1, 2)
    }
  })

  it('reads active weights and the cache of a lone request, within 1 %', () => {
    for (const name of names) {
      const model = catalog.model(name)
      const [layers, head] = multiplied(model)
      const context = 20_000
      const cache = overLayers(model, (attn) => {
        const elements = attn.kind === 'gqa' ? 2 * attn.kvHeads * attn.headDim : attn.kind === 'mla' ? attn.kvLoraRank + attn.qkRope : 0
        return elements * Math.min(context + 1, windowOf(attn))
      })
      const { bytes } = stepTime(on(model), decode(1, context))
      expect(Math.abs(bytes / (2 * (layers + head + cache)) - 1), name).toBeLessThan(0.01)
    }
  })
})
