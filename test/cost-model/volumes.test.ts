import { describe, expect, it } from 'vitest'
import { countStep, rowsIn, type StepShape } from '../../cost-model/counts.ts'
import type { LayoutModel } from '../../cost-model/layout-model.ts'
import { distinctTargets } from '../../cost-model/targets.ts'
import { opTime } from '../../cost-model/timed.ts'
import { bf16, catalog, decode, modelOf, prefill, published } from './layouts.ts'

/** Bytes that one rank sends in one layer of the last group, by collective. */
function sentBy(model: LayoutModel, shape: StepShape): Readonly<Record<string, number>> {
  const counts = countStep(shape, model.attentionDp, model.captured)
  const layer = model.segments.findLast((s) => s.name.startsWith('layers'))!
  const network = layer.ops.flatMap((op) => {
    const rows = rowsIn(op.rows, counts)
    return op.network && rows > 0 ? [[op.op.name, opTime(op, rows, counts).work.sent] as const] : []
  })
  return Object.fromEntries(network)
}

const eight = { gpu: 'h200-sxm', gpus: 8 }
const llama = 'llama-3.3-70b-instruct'

// Closed forms of Thakur et al. 2005 (all-reduce, all-gather), arXiv 2309.14509 (Ulysses), 2310.01889 (ring), vLLM's decode context
// parallelism (attention/ops/common.py) and DeepEP. Llama: 64 heads, 8 KV heads of 128, hidden 8192; DeepSeek: 128 heads, latent 512 + 64.
describe('bytes that one rank sends per layer', () => {
  it('of tensor parallelism: two all-reduces of the hidden state', () => {
    const one = ((2 * 7) / 8) * 64 * 8192 * 2
    expect(sentBy(modelOf(llama, eight, { tp: 8 }, bf16), decode(64, 4000))).toEqual({ 'attn.reduce': one, 'mlp.reduce': one })
  })

  it('of Megatron sequence parallelism: as much as the all-reduces it replaces, each as a scatter and a gather', () => {
    const engine = catalog.engine('vllm')
    const shared = { ...engine, parallel: { ...engine.parallel, tensorSequence: true } }
    const [plain, split] = [engine, shared].map((e) => sentBy(modelOf(llama, eight, { tp: 8 }, bf16, e), prefill(4096)))
    const half = (7 / 8) * 4096 * 8192 * 2
    expect(plain).toEqual({ 'attn.reduce': 2 * half, 'mlp.reduce': 2 * half })
    expect(split).toEqual({ 'attn.tokens': half, 'attn.scatter': half, 'mlp.gather': half, 'mlp.scatter': half })
    // Norms then see an eighth of the tokens; a decode step is as before.
    const rows = (e: typeof engine) => {
      const model = modelOf(llama, eight, { tp: 8 }, bf16, e)
      const norm = model.segments.findLast((s) => s.name.startsWith('layers'))!.ops.find((op) => op.op.name === 'ffn.norm')!
      return rowsIn(norm.rows, countStep(prefill(4096), 1, []))
    }
    expect([rows(engine), rows(shared)]).toEqual([4096, 512])
    const [before, after] = [engine, shared].map((e) => sentBy(modelOf(llama, eight, { tp: 8 }, bf16, e), decode(64, 4000)))
    expect(after).toEqual(before)
  })

  it('of Helix: outputs with two softmax statistics a head, all but its own part, whatever the context', () => {
    const sent = (context: number) =>
      sentBy(modelOf(llama, eight, { tp: 2, sp: 4, spKind: 'ring', ffnTp: 8 }, bf16, 'generic'), decode(32, context))
    expect(sent(8000)['attn.attention.combine']).toBeCloseTo((3 / 4) * 32 * (64 / 2) * (128 * 2 + 8), 3)
    expect(sent(8000)).toEqual(sent(128_000))
  })

  it('of a ring: keys and values of its shard, cached ones too, to every other rank', () => {
    const model = modelOf(llama, eight, { tp: 2, sp: 4, spKind: 'ring' }, bf16)
    expect(sentBy(model, prefill(8192, 1, 4096))['attn.ring']).toBeCloseTo(3 * ((8192 + 4096) / 4) * 2 * 4 * 128 * 2, 3)
  })

  it('of Ulysses: queries, keys and values there, outputs back, all but its own part', () => {
    const sent = sentBy(modelOf(llama, eight, { tp: 2, sp: 4, spKind: 'all-to-all' }, bf16), prefill(8192, 1, 4096))
    expect(sent['attn.to_heads']).toBeCloseTo((3 / 4) * (8192 / 4) * (32 + 2 * 4) * 128 * 2, 3)
    expect(sent['attn.to_tokens']).toBeCloseTo((3 / 4) * (8192 / 4) * 32 * 128 * 2, 3)
  })

  it('of Ulysses with one KV head: its keys and values whole to every rank', () => {
    const sent = sentBy(modelOf('gemma-2b', eight, { sp: 8, spKind: 'all-to-all' }, bf16), prefill(8192))
    expect(sent['attn.to_heads']).toBeCloseTo((8192 / 8) * ((7 / 8) * 8 + 7 * 2) * 256 * 2, 3)
  })

  it('of gathered keys: the new ones alone, since every rank keeps the whole cache', () => {
    const model = modelOf(llama, eight, { tp: 2, sp: 4, spKind: 'all-gather' }, bf16)
    expect(sentBy(model, prefill(8192, 1, 4096))['attn.keys']).toBeCloseTo((3 / 4) * 8192 * 2 * 4 * 128 * 2, 3)
  })

  it('of decode context parallelism: queries to every shard, softmax sums, parts of the output back', () => {
    const sent = sentBy(modelOf('deepseek-v3', eight, { tp: 8, dcp: 8, ep: 8 }, published), decode(32, 8191))
    expect(sent['attn.attention.queries']).toBeCloseTo(7 * 32 * (128 / 8) * 576 * 2, 3)
    expect(sent['attn.attention.statistics']).toBeCloseTo(7 * 32 * (128 / 8) * 8 * 4, 3)
    expect(sent['attn.attention.scatter']).toBeCloseTo((7 / 8) * 32 * 128 * 512 * 2, 3)
  })

  it('of a prompt whose cached tokens lie on several ranks: these as the cache holds them, latents and not the keys made of them', () => {
    const latent = sentBy(modelOf('deepseek-v3', eight, { tp: 8, dcp: 8, ep: 8 }, published), prefill(2048, 1, 8192))
    expect(latent['attn.attention.context']).toBeCloseTo((7 / 8) * 8192 * 576 * 2, 3)
    const heads = sentBy(modelOf('qwen3-235b-a22b', eight, { tp: 8, dcp: 2, ep: 8 }, bf16), prefill(2048, 1, 8192))
    expect(heads['attn.attention.context']).toBeCloseTo((1 / 2) * 8192 * 2 * 128 * 2, 3)
  })

  it('of experts: one byte per element to each distinct rank of a token, two back, and none where every rank has all tokens', () => {
    const sent = sentBy(modelOf('deepseek-v3', { node: 'dgx-h200', nodes: 4 }, { attentionDp: 32, ep: 32 }, published), decode(1024, 4000))
    const copies = 32 * 7168 * distinctTargets({ experts: 256, topK: 8, groups: { count: 8, limit: 4 } }, 32) * (31 / 32)
    expect(sent).toEqual({ 'moe.dispatch': expect.closeTo(copies, 3), 'moe.combine': expect.closeTo(2 * copies, 3) })
    const together = sentBy(modelOf('deepseek-v3', eight, { tp: 8, ep: 8 }, published), decode(32, 4000))
    expect(Object.keys(together)).toEqual(['attn.reduce', 'moe.reduce'])
  })
})

describe('pairs of queries and keys of a prompt in a ring of P ranks', () => {
  const flops = (sp: number, sequenceSplit: 'zigzag' | 'contiguous') => {
    const engine = catalog.engine('generic')
    const changes = sp === 1 ? {} : ({ sp, spKind: 'ring' } as const)
    const model = modelOf(llama, eight, changes, bf16, { ...engine, parallel: { ...engine.parallel, sequenceSplit } })
    const attention = model.segments.findLast((s) => s.name.startsWith('layers'))!.ops.find((op) => op.op.name === 'attn.attention')!
    return opTime(attention, 1, countStep(prefill(32768), 1, [])).work.flops
  }

  it('are (2P - 1) / P^2 of all on the last rank where pieces are contiguous, and 1 / P where they are cut from both ends', () => {
    for (const sp of [2, 4, 8]) {
      expect(flops(sp, 'contiguous') / flops(1, 'contiguous')).toBeCloseTo((2 * sp - 1) / sp ** 2, 4)
      expect(flops(sp, 'zigzag') / flops(1, 'zigzag')).toBeCloseTo(1 / sp, 9)
    }
  })
})
