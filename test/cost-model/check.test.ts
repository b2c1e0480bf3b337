import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BadEdge, check } from '../../cost-model/check.ts'
import { type Graph, isNetwork, type Op, type Segment } from '../../cost-model/graph.ts'
import { parallelise } from '../../cost-model/parallelise.ts'
import type { Layout } from '../../spaces/plan.ts'
import { catalog, fp8, kinds, layoutOf, legalCases } from './layouts.ts'

const phases = ['prefill', 'decode'] as const

function graphOf(model: string, changes: Partial<Layout>, phase: 'prefill' | 'decode', tensorSequence = false): Graph {
  return parallelise(catalog.model(model), layoutOf(changes), fp8, phase, { tensorSequence })
}

/** The 15 combinations of tensor, sequence, pipeline and expert parallelism, each at width 2 (seed 001, section 6). */
const combinations = Array.from({ length: 15 }, (_, i) => {
  const [tp, sp, pp, ep] = [1, 2, 4, 8].map((bit) => ((i + 1) & bit ? 2 : 1)) as [number, number, number, number]
  return { tp, sp, pp, ep }
})

function widths({ tp, sp, pp, ep }: (typeof combinations)[number], attentionDp: number): Partial<Layout> {
  // Experts over all ranks of a stage, or over two where attention uses one.
  const gpus = tp * sp * attentionDp
  const dp = ep > 1 && gpus === 1 ? 2 : attentionDp
  return { tp, pp, sp, spKind: sp > 1 ? 'ring' : undefined, attentionDp: dp, ...(ep > 1 ? { ep: dp * sp * tp } : {}) }
}

describe('the graph', () => {
  for (const model of ['llama-3.3-70b-instruct', 'qwen3-235b-a22b', 'deepseek-v3', 'qwen3-next-80b-a3b-instruct', 'minimax-text-01']) {
    it(`of ${model} hides no exchange in any combination of TP, SP, PP and EP, with and without attention DP`, () => {
      const moe = catalog.model(model).layerGroups.some((g) => g.ffn.kind === 'moe')
      for (const combination of combinations) {
        for (const attentionDp of [1, 2]) {
          const changes = widths({ ...combination, ep: moe ? combination.ep : 1 }, attentionDp)
          for (const phase of phases) {
            for (const tensorSequence of [false, true]) {
              const graph = graphOf(model, changes, phase, tensorSequence)
              expect(check(graph), JSON.stringify({ changes, phase, tensorSequence })).toBeUndefined()
            }
          }
        }
      }
    })
  }

  it('of random legal layouts of models of every kind hides no exchange', () => {
    fc.assert(
      fc.property(legalCases(), fc.constantFrom(...phases), fc.boolean(), ({ model, layout }, phase, tensorSequence) => {
        expect(check(parallelise(model, layout, fp8, phase, { tensorSequence }))).toBeUndefined()
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('of every model in the catalogue builds', () => {
    for (const id of catalog.list('model')) {
      for (const phase of phases) expect(check(parallelise(catalog.model(id), layoutOf({ tp: 2 }), fp8, phase)), id).toBeUndefined()
    }
  })

  it('runs each layer once, in order, the first stages with one layer more where they do not divide', () => {
    const { segments } = graphOf('deepseek-v3', { pp: 4, tp: 8 }, 'decode')
    const layers = [0, 1, 2, 3].map((stage) => segments.filter((s) => s.stage === stage && s.name.startsWith('layers')))
    expect(layers.map((runs) => runs.map((s) => `${s.name} x ${s.repeat}`))).toEqual([
      ['layers.0 x 3', 'layers.1 x 13'],
      ['layers.1 x 15'],
      ['layers.1 x 15'],
      ['layers.1 x 15'],
    ])
  })

  it('has no collective on one rank', () => {
    for (const model of kinds) {
      for (const phase of phases) {
        const ops = graphOf(model, {}, phase).segments.flatMap((s) => s.ops)
        expect(ops.filter(isNetwork), model).toEqual([])
      }
    }
  })

  it('routes, dispatches, computes and combines inside one stage, in this order', () => {
    const layer = graphOf('deepseek-v3', { attentionDp: 8, ep: 8, pp: 2 }, 'decode').segments.find((s) => s.name === 'layers.1')!
    const names = layer.ops.map((op) => op.name)
    const order = ['moe.router', 'moe.route', 'moe.dispatch', 'moe.experts', 'moe.combine'].map((name) => names.indexOf(name))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
  })

  it('writes the cache before it attends', () => {
    for (const model of ['llama-3.3-70b-instruct', 'deepseek-v3', 'deepseek-v4-pro']) {
      const layer = graphOf(model, { tp: 8 }, 'decode').segments.find((s) => s.name === 'layers.0')!
      const names = layer.ops.map((op) => op.name)
      expect(names.indexOf('attn.cache'), model).toBeLessThan(names.indexOf('attn.attention'))
    }
  })
})

/** Replaces a segment's ops in all its runs. */
function edit(graph: Graph, name: string, change: (ops: readonly Op[]) => readonly Op[]): Graph {
  return { ...graph, segments: graph.segments.map((s) => (s.name === name ? { ...s, ops: change(s.ops) } : s)) }
}

/** The ops without one of them; what waited for it waits for what it waited for. */
function drop(ops: readonly Op[], name: string): readonly Op[] {
  const gone = ops.find((op) => op.name === name)!
  return ops.filter((op) => op !== gone).map((op) => ({ ...op, after: op.after.flatMap((a) => (a.op === name ? gone.after : [a])) }))
}

describe('check', () => {
  const layouts: readonly (readonly [string, Partial<Layout>])[] = [
    ['llama-3.3-70b-instruct', { tp: 4, pp: 2 }],
    ['llama-3.3-70b-instruct', { tp: 2, sp: 2, spKind: 'ring' }],
    ['llama-3.3-70b-instruct', { tp: 2, sp: 2, spKind: 'all-to-all' }],
    ['llama-3.3-70b-instruct', { tp: 2, sp: 2, spKind: 'all-gather' }],
    ['deepseek-v3', { tp: 8, dcp: 4, ep: 8, pp: 2 }],
    ['deepseek-v3', { attentionDp: 4, tp: 2, ep: 8 }],
    ['qwen3-235b-a22b', { attentionDp: 2, tp: 4, ep: 2, moeTp: 4 }],
    ['qwen3-235b-a22b', { attentionDp: 2, tp: 2, ffnTp: 4 }],
    ['kimi-k3', { tp: 4, sp: 2, spKind: 'ring', ep: 8 }],
    ['jamba-v0.1', { tp: 4, sp: 2, spKind: 'all-to-all' }],
    ['deepseek-v3.2', { tp: 4, sp: 2, spKind: 'ring', dcp: 2 }],
  ]

  const habits = [false, true] as const
  const variants = layouts.flatMap(([model, changes]) => phases.flatMap((phase) => habits.map((h) => [model, changes, phase, h] as const)))

  it('catches every collective that is dropped', () => {
    let dropped = 0
    for (const [model, changes, phase, tensorSequence] of variants) {
      const graph = graphOf(model, changes, phase, tensorSequence)
      for (const segment of graph.segments) {
        for (const op of segment.ops.filter(isNetwork)) {
          const bad = check(edit(graph, segment.name, (ops) => drop(ops, op.name)))
          expect(bad, `${model} ${JSON.stringify(changes)} ${phase}: ${segment.name} ${op.name}`).toBeDefined()
          dropped++
        }
      }
    }
    expect(dropped).toBeGreaterThan(300)
  })

  const graph = graphOf('llama-3.3-70b-instruct', { tp: 4, pp: 2 }, 'decode')
  const named = (bad: BadEdge | undefined) => bad && [bad.segment, bad.from, bad.to]

  it('names the edge: the all-reduce behind the output projection', () => {
    const bad = check(edit(graph, 'layers.0', (ops) => drop(ops, 'attn.reduce')))
    expect(bad).toEqual({ segment: 'layers.0', from: 'attn.o_proj', to: 'ffn.norm', why: 'leaves tp4:partial, needs tp4:replicated' })
  })

  it('finds an edge that leads backwards', () => {
    const later = (ops: readonly Op[]) => ops.map((op, i) => (i === 2 ? { ...op, after: [{ op: 'mlp.up', why: 'data' as const }] } : op))
    expect(named(check(edit(graph, 'layers.0', later)))).toEqual(['layers.0', 'mlp.up', graph.segments[1]!.ops[2]!.name])
  })

  it('finds ops in another order', () => {
    const swapped = (ops: readonly Op[]) => [...ops.slice(0, 1), ops[2]!, ops[1]!, ...ops.slice(3)]
    expect(check(edit(graph, 'layers.0', swapped))?.segment).toBe('layers.0')
  })

  it('finds layers in another order, left out or run twice', () => {
    const layers = graphOf('deepseek-v3', { tp: 8 }, 'decode')
    const [embed, dense, sparse, head] = layers.segments as [Segment, Segment, Segment, Segment]
    const of = (...segments: Segment[]) => check({ ...layers, segments })
    expect(of(embed, sparse, dense, head)).toEqual({
      segment: 'layers.1',
      from: embed.ops.at(-1)!.name,
      to: 'attn.norm',
      why: 'layer 3 where layer 0 is due',
    })
    expect(of(embed, dense, head)?.why).toBe('ends behind 3 of 61 layers')
    expect(of(embed, dense, { ...sparse, repeat: 57 }, head)?.why).toBe('ends behind 60 of 61 layers')
    expect(of(embed, dense, dense, sparse, head)?.why).toBe('layer 0 where layer 3 is due')
  })

  it('finds a stage that is entered without a send, skipped, or entered backwards', () => {
    const without = { ...graph, segments: graph.segments.filter((s) => s.name !== 'hop') }
    expect(check(without)?.why).toBe('enters a stage without a send')
    const skipped = { ...graph, segments: graph.segments.map((s): Segment => (s.stage === 1 ? { ...s, stage: 2 } : s)) }
    expect(check(skipped)?.why).toBe('stage 0 to 2')
    expect(check({ ...graph, segments: graph.segments.toReversed() })).toBeDefined()
  })

  it('finds a result that is not sharded as its maker cut it', () => {
    const whole = (ops: readonly Op[]) =>
      ops.map((op) => (op.name === 'mlp.activation' ? { ...op, in: graph.segments[1]!.ops[0]!.in } : op))
    expect(named(check(edit(graph, 'layers.0', whole)))).toEqual(['layers.0', 'mlp.up', 'mlp.activation'])
  })

  it('finds an op that gains data without a collective', () => {
    const gain = (ops: readonly Op[]) => ops.map((op) => (op.name === 'mlp.activation' ? { ...op, out: ops[0]!.in } : op))
    expect(check(edit(graph, 'layers.0', gain))?.why).toBe('may not turn hidden into replicated')
  })

  it('finds a result that nobody takes', () => {
    const loose = (ops: readonly Op[]) =>
      ops.map((op) => (op.name === 'attn.attention' ? { ...op, after: [{ op: 'attn.rotate', why: 'data' as const }] } : op))
    expect(named(check(edit(graph, 'layers.0', loose)))).toEqual(['layers.0', 'attn.cache', '(nothing)'])
  })
})
