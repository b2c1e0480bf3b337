import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctStages } from '../../cost-model/memory/stages.ts'
import { layoutMemory } from '../../cost-model/memory.ts'
import { stageRuns } from '../../cost-model/pipeline.ts'
import { attentionKind } from '../../spaces/attention/index.ts'
import type { Cache } from '../../spaces/attention/kind.ts'
import { type CacheWidth, cacheBytesPerSequence, layerCacheBytes } from '../../spaces/kv.ts'
import { type Layout, stageGpus } from '../../spaces/plan.ts'
import { changed, holds } from './law.ts'
import { randomModel } from './random-model.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const serving = randomPlan('serving')

/** What the fullest rank of each stage keeps of one request. */
function requests({ scenario, pool, plan }: Drawn) {
  return layoutMemory(scenario, pool, plan).stages.map(({ request }) => request)
}

describe('the KV cache', () => {
  it('of a GPU does not change with EP, its TP and DP or copies of experts: experts hold none', () => {
    holds(fc.tuple(serving, fc.nat({ max: 50 })), { seed: 31, runs: 60 }, ([drawn, by]) => {
      const gpus = stageGpus(drawn.layout)
      const divisors = Array.from({ length: gpus }, (_, i) => i + 1).filter((n) => gpus % n === 0)
      const ep = divisors[by % divisors.length]!
      const layout: Layout = { ...drawn.layout, ep, moeTp: gpus / ep, moeDp: 1, redundantExperts: by }
      expect(requests(changed(drawn, { layout }))).toEqual(requests(drawn))
    })
  })

  it('shrinks under PP: stages keep that of their own layers, together each layer once', () => {
    holds(serving, { seed: 32, runs: 60 }, (drawn) => {
      const { model, layout, plan } = drawn
      const { speculation: _, ...plain } = plan
      const alone = { ...drawn, plain, plan: plain }
      const whole = requests({ ...alone, plan: { ...plain, layout: { ...layout, pp: 1 } } })[0]!
      const stages = distinctStages(model, layout.pp)
      const each = requests(alone)
      const sum = stageRuns(model, layout.pp).reduce((total, runs, index) => {
        const counts = model.layerGroups.map((_, g) => runs.reduce((n, run) => n + (run.group === g ? run.count : 0), 0))
        const like = stages.findIndex((s) => {
          return s.counts.join() === counts.join() && s.first === (index === 0) && s.last === (index === layout.pp - 1)
        })
        return total + each[like]!.kv.full + each[like]!.state
      }, 0)
      const all = whole.kv.full + whole.state
      expect(Math.abs(sum - all)).toBeLessThanOrEqual(1e-9 * all)
      for (const { kv, state } of each) expect(kv.full + state).toBeLessThanOrEqual(all)
    })
  })

  it('over TP is spread by heads, replicated beyond them, and a latent and index keys always; dcp and ring then share out the tokens', () => {
    const widths = fc.record({ tp: fc.constantFrom(1, 2, 4, 8, 16), dcp: fc.constantFrom(1, 2, 4), sp: fc.constantFrom(1, 2, 4) })
    holds(fc.tuple(randomModel, widths), { seed: 33, runs: 200 }, ([model, width]) => {
      // A window and an entry of several tokens are whole on every rank where the context is this long.
      const tokens = 2 ** 20
      for (const group of model.layerGroups) {
        const caches = attentionKind(group.attn).caches(group.attn)
        if (!caches.every((cache) => divides(cache, width))) continue
        const one = layerCacheBytes(group, tokens, 'bf16', { tp: 1, dcp: 1 })
        const ranks = width.tp * width.sp
        const held = ranks * layerCacheBytes(group, tokens, 'bf16', width)
        const copies = caches.map((cache) => bytesOf(cache, tokens) * copiesOf(cache, width))
        const expected = copies.reduce((a, b) => a + b, 0)
        expect(held / Math.max(1, expected)).toBeCloseTo(one === 0 ? 0 : 1, 9)
      }
    })
  })

  it('of all layers is that of each layer on one rank', () => {
    holds(randomModel, { seed: 34, runs: 60 }, (model) => {
      const sum = model.layerGroups.reduce((n, g) => n + g.count * layerCacheBytes(g, 5000, 'fp8', { tp: 1, dcp: 1 }), 0)
      expect(cacheBytesPerSequence(model, 5000, 'fp8')).toBe(sum)
    })
  })
})

/** TP that spreads or replicates these heads evenly, with as many ranks of equal heads as dcp wants (rules kv-heads-divide, decode-context). */
function divides(cache: Cache, { tp, dcp }: CacheWidth): boolean {
  if (cache.kind === 'indexer') return true
  if (cache.kind === 'state') return cache.heads % tp === 0
  return (cache.heads % tp === 0 || tp % cache.heads === 0) && (dcp === 1 || (tp / cache.heads) % dcp === 0)
}

function bytesOf(cache: Cache, tokens: number): number {
  if (cache.kind === 'state') return cache.bytes
  const kept = cache.kind === 'tokens' ? Math.min(tokens, cache.window ?? tokens) : tokens
  return (kept / (cache.every ?? 1)) * (cache.kind === 'tokens' ? cache.heads * cache.elements * 2 : cache.bytes)
}

/** Ranks that hold the same part of it: sequence shards of a prompt keep states and index keys whole. */
function copiesOf(cache: Cache, { tp, dcp, sp = 1 }: CacheWidth): number {
  if (cache.kind === 'state') return sp
  if (cache.kind === 'indexer') return tp * sp
  return Math.max(1, tp / cache.heads) / dcp
}
