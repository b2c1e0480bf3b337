import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandLayers } from '../../spaces/layer-order.ts'
import type { Model } from '../../spaces/model.ts'
import { countParameters, edgeTensors, layerTensors, mtpTensors } from '../../spaces/parameters.ts'
import { rankShape, rankShare, type Tensor, tensorParameters } from '../../spaces/tensor.ts'
import { facts } from './facts.ts'
import { layerShapes, model, models } from './models.ts'

/** What each kind of published total holds beside the text model. */
const scopes: Readonly<Record<string, (m: Model) => number>> = {
  text: () => 0,
  'text+mtp': (m) => countParameters(m).mtp,
  'text+vision': (m) => m.visionParameters!,
  'text+mtp+vision': (m) => countParameters(m).mtp + m.visionParameters!,
  'text+tied_lm_head': (m) => countParameters(m).byComponent.embed,
  // One rotary table of headDim / 2 = 64 frequencies per layer (Llama-2).
  'text+rope_buffers': (m) => 64 * expandLayers(m).length,
}

const golden = readFileSync(new URL('../golden/parameter-counts.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .map(([id, published, scope, difference]) => ({ id, published: Number(published), scope, difference: Number(difference) }))

describe('parameter counts', () => {
  it.each(golden)('of $id ($scope) differ from the published total by $difference', ({ id, published, scope, difference }) => {
    const m = model(id)
    expect(countParameters(m).total + scopes[scope](m) - published).toBe(difference)
    expect(m.published).toMatchObject({ parameters: published, scope, exact: true })
  })

  it('are exact for 67 of 71 published totals and within 21,000 for the other four', () => {
    expect(golden).toHaveLength(71)
    expect(golden.filter((row) => row.difference === 0)).toHaveLength(67)
    expect(Math.max(...golden.map((row) => Math.abs(row.difference)))).toBeLessThan(21_000)
    expect(models.filter((m) => m.published?.exact)).toHaveLength(71)
  })

  it.skipIf(facts.length === 0)('equal those of all 136 model-facts files, component by component', () => {
    expect(facts).toHaveLength(136)
    for (const { id, params } of facts) {
      const { total, active, mtp, byComponent } = countParameters(model(id))
      const snake = Object.entries(byComponent).map(([name, n]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), n])
      expect({ total, active, mtp, ...Object.fromEntries(snake) }, id).toEqual({
        total: params.computed_total,
        active: params.computed_active,
        mtp: params.mtp,
        ...params.components,
      })
    }
  })

  it('of Qwen3-0.6B count its tied embedding once: 596,049,920', () => {
    expect(countParameters(model('Qwen/Qwen3-0.6B')).total).toBe(155_582_464 + 28 * 15_730_944 + 1024)
    expect(countParameters({ ...model('Qwen/Qwen3-0.6B'), tieEmbeddings: false }).total).toBe(596_049_920 + 155_582_464)
  })

  it('of a mixture of experts grow with topK up to the total', () => {
    const mixtral = model('mistralai/Mixtral-8x7B-v0.1')
    const [group] = mixtral.layerGroups
    const active = (topK: number) => {
      const ffn = { ...group.ffn, topK } as typeof group.ffn
      return countParameters({ ...mixtral, layerGroups: [{ ...group, ffn }] }).active
    }
    const expert = 3 * 4096 * 14336
    expect(active(2) - active(1)).toBe(32 * expert)
    expect(active(8)).toBe(countParameters(mixtral).total)
  })
})

describe('the tensor table', () => {
  const tables: readonly (readonly [string, readonly Tensor[]])[] = [
    ...layerShapes.map(({ model: m, group }) => [`${m.id} ${group.attn.kind} ${group.ffn.kind}`, layerTensors(m, group)] as const),
    ...models.map((m) => [`${m.id} edge`, edgeTensors(m)] as const),
    ...models.filter((m) => m.mtp).map((m) => [`${m.id} mtp`, mtpTensors(m)] as const),
  ]

  it('names every tensor of a layer once', () => {
    for (const [name, tensors] of tables) expect(new Set(tensors.map((t) => t.name)).size, name).toBe(tensors.length)
  })

  it('cuts whole units: the cut side is a multiple of them', () => {
    const broken = tables.flatMap(([name, tensors]) =>
      tensors.filter((t) => !Number.isInteger((t.side === 'out' ? t.out : t.in) / t.units)).map((t) => `${name}: ${t.name}`),
    )
    expect(broken).toEqual([])
  })

  it('gives ranks that together hold each weight at least once, and exactly once where the width divides its units', () => {
    const tensor = fc.constantFrom(...tables.flatMap(([, tensors]) => tensors))
    fc.assert(
      fc.property(tensor, fc.integer({ min: 1, max: 64 }), (t, width) => {
        const [out, input] = rankShape(t, width)
        const whole = t.out * t.in
        expect(width * out * input).toBeGreaterThanOrEqual(whole)
        expect(out * input).toBeLessThanOrEqual(whole)
        expect(out * input).toBeCloseTo(whole * rankShare(t, width), 3)
        if (t.axis !== 'none' && t.units % width === 0) expect(width * out * input).toBe(whole)
        if (t.axis === 'none') expect(out * input).toBe(whole)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('never grows a shard with the width', () => {
    const tensor = fc.constantFrom(...tables.flatMap(([, tensors]) => tensors))
    fc.assert(
      fc.property(tensor, fc.integer({ min: 1, max: 63 }), (t, width) => {
        const size = (w: number) => rankShape(t, w)[0] * rankShape(t, w)[1]
        expect(size(width + 1)).toBeLessThanOrEqual(size(width))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('replicates KV projections once heads run out: 8 KV heads on 16 ranks are held twice', () => {
    const llama = model('meta-llama/Llama-3.3-70B-Instruct')
    const k = layerTensors(llama, llama.layerGroups[0]).find((t) => t.name === 'k_proj')!
    expect(rankShape(k, 8)).toEqual([128, 8192])
    expect(rankShape(k, 16)).toEqual([128, 8192])
  })

  it('replicates the MLA latents and cuts what is per head', () => {
    const v3 = model('deepseek-ai/DeepSeek-V3')
    const shapes = layerTensors(v3, v3.layerGroups[0])
      .filter((t) => t.component === 'attnIn' || t.component === 'attnOut')
      .map((t) => [t.name, t.axis, ...rankShape(t, 8)])
    expect(shapes).toEqual([
      ['q_a_proj', 'none', 1536, 7168],
      ['kv_a_proj', 'none', 576, 7168],
      ['q_b_proj', 'attention', 16 * 192, 1536],
      ['kv_b_proj', 'attention', 16 * 256, 512],
      ['o_proj', 'attention', 7168, 16 * 128],
    ])
  })

  it('splits the vocabulary and keeps norms whole: Qwen3-0.6B on 2 ranks holds 596,115,456 B each', () => {
    const qwen = model('Qwen/Qwen3-0.6B')
    const rankBytes = [...Array.from({ length: 28 }, () => layerTensors(qwen, qwen.layerGroups[0])).flat(), ...edgeTensors(qwen)]
      .map((t) => rankShape(t, 2))
      .reduce((sum, [out, input]) => sum + 2 * out * input, 0)
    expect(rankBytes).toBe(596_115_456)
    expect(rankBytes).toBeGreaterThan(596_049_920)
  })

  it('holds experts as copies, routers whole and shared experts once', () => {
    const v3 = model('deepseek-ai/DeepSeek-V3')
    const moe = layerTensors(v3, v3.layerGroups[1])
    const sum = (component: string) => moe.filter((t) => t.component === component).reduce((n, t) => n + tensorParameters(t), 0)
    expect(sum('routedExperts')).toBe(256 * 3 * 7168 * 2048)
    expect(sum('sharedExperts')).toBe(3 * 7168 * 2048)
    expect(sum('router')).toBe(256 * 7168 + 256)
    expect(moe.filter((t) => t.component === 'routedExperts').every((t) => t.copies === 256 && t.axis === 'expert')).toBe(true)
  })
})
