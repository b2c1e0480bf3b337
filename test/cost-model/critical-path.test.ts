import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Counts, countStep, halve, rowsIn } from '../../cost-model/counts.ts'
import { longestPath, spansOf, takesTwoBatches } from '../../cost-model/critical-path.ts'
import type { Op, Segment } from '../../cost-model/graph.ts'
import type { LayoutModel } from '../../cost-model/layout-model.ts'
import { type StepShape, stepTime } from '../../cost-model/step.ts'
import { opTime } from '../../cost-model/timed.ts'
import type { Overlap } from '../../spaces/engine.ts'
import { bf16, catalog, decode, legalCases, modelOf, poolFor, prefill, published } from './layouts.ts'

/** The generic engine, which can lay out everything, with some overlaps. */
function engineWith(overlap: readonly Overlap[]) {
  return { ...catalog.engine('generic'), overlap: [...overlap] }
}

const overlapSets: readonly (readonly Overlap[])[] = [
  [],
  ['shared-expert'],
  ['two-batch-prefill', 'two-batch-decode'],
  ['shared-expert', 'two-batch-prefill', 'two-batch-decode'],
]

describe('the longest path', () => {
  const countsOf = (model: LayoutModel, shape: StepShape) => countStep(shape, model.attentionDp, model.captured)
  const halfOf = (model: LayoutModel, shape: StepShape) => secondsAt(model, halve(countsOf(model, shape), model.captured))
  const secondsIn = (model: LayoutModel, shape: StepShape) => secondsAt(model, countsOf(model, shape))
  const secondsAt = (model: LayoutModel, counts: Counts) => {
    return (op: Op, segment: Segment) => {
      // Hops of one name may have different links: the stage that runs it tells them apart.
      const ran = (k: number) => model.repeats[segment.stage * model.segments.length + k]! > 0
      const { ops = [] } = model.segments.find((s, k) => s.name === segment.name && ran(k)) ?? {}
      // An op that both phases share is timed once, under the op of the prefill graph.
      const timed = ops.find((t) => t.op === op) ?? ops.find((t) => t.op.name === op.name && t.op.kind !== 'attention')
      const rows = timed === undefined ? 0 : rowsIn(timed.rows, counts)
      return timed === undefined || rows <= 0 ? 0 : opTime(timed, rows, counts).seconds
    }
  }

  it('through a graph is the latency of the step, whatever the engine overlaps', () => {
    fc.assert(
      fc.property(
        legalCases(),
        fc.boolean(),
        fc.constantFrom(...overlapSets),
        fc.integer({ min: 2, max: 500 }),
        fc.integer({ min: 2, max: 9000 }),
        ({ model: of, layout }, decoding, overlaps, n, tokens) => {
          const model = modelOf(of, poolFor(layout), layout, bf16, engineWith(overlaps))
          const shape = decoding ? decode(n, tokens) : prefill(Math.min(tokens, 400))
          const halves = overlaps.includes('two-batch-decode') ? halfOf(model, shape) : undefined
          const path = longestPath(decoding ? model.decode : model.prefill, secondsIn(model, shape), overlaps, halves)
          expect(path / stepTime(model, shape).latency).toBeCloseTo(1, 9)
        },
      ),
      { seed: 4, numRuns: 200 },
    )
  })

  const wide = (overlaps: readonly Overlap[]) =>
    modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 16 }, { attentionDp: 16, ep: 16 }, published, engineWith(overlaps))

  it('hides the shared expert behind the dispatch, and no more than the shared expert takes', () => {
    const shape = decode(2048, 3000)
    const [serial, beside] = [stepTime(wide([]), shape), stepTime(wide(['shared-expert']), shape)]
    expect(beside.latency).toBeLessThan(serial.latency)
    const model = wide(['shared-expert'])
    const layer = model.decode.segments.find((s) => s.name === 'layers.1')!
    const spans = spansOf(layer, secondsIn(model, shape), ['shared-expert'])
    const span = (name: string) => spans.find((s) => s.op.name === name)!
    expect(span('shared.up').start).toBeCloseTo(span('moe.dispatch').start, 12)
    const shared = spans.filter((s) => s.op.name.startsWith('shared.') && s.op.name !== 'shared.add')
    const hidden = (serial.latency - beside.latency) / layer.repeat
    expect(hidden).toBeCloseTo(Math.min(span('moe.dispatch').end - span('moe.dispatch').start, sum(shared)), 9)
  })

  it('of two batches is no shorter than the work of either lane and no longer than both halves one after the other', () => {
    for (const shape of [decode(4096, 3000), prefill(16 * 4096, 16)]) {
      const model = wide(['two-batch-prefill', 'two-batch-decode'])
      const halves = halfOf(model, shape)
      const graph = shape.prefillTokens > 0 ? model.prefill : model.decode
      const layer = graph.segments.find(takesTwoBatches)!
      const work = (lane?: Op['lane']) =>
        2 * layer.repeat * layer.ops.reduce((s, op) => (lane === undefined || op.lane === lane ? s + halves(op, layer) : s), 0)
      const rest = longestPath({ ...graph, segments: graph.segments.filter((s) => s !== layer) }, secondsIn(model, shape), [])
      const both = stepTime(model, shape).latency - rest
      expect(both).toBeGreaterThanOrEqual(Math.max(work('compute'), work('network')) * (1 - 1e-9))
      expect(both).toBeLessThan(0.9 * work())
      expect(stepTime(model, shape).latency).toBeLessThan(stepTime(wide([]), shape).latency)
    }
  })

  it('is that of one batch in decode where only prompts are exchanged with experts: ranks of a ring hold the same decodes', () => {
    const ring = (overlaps: readonly Overlap[]) =>
      modelOf('qwen3-235b-a22b', { gpu: 'h200-sxm', gpus: 2 }, { sp: 2, spKind: 'ring', ep: 2 }, bf16, engineWith(overlaps))
    const of = (shape: StepShape, overlaps: readonly Overlap[]) => stepTime(ring(overlaps), shape).latency
    const both = ['two-batch-prefill', 'two-batch-decode'] as const
    expect(of(decode(64, 1000), both)).toBeCloseTo(of(decode(64, 1000), []), 12)
    expect(of(prefill(16_384, 2), both)).not.toBeCloseTo(of(prefill(16_384, 2), []), 4)
  })

  it('is the sum of the ops where the engine overlaps nothing, or the layout has nothing to overlap', () => {
    const dense = (overlaps: readonly Overlap[]) =>
      stepTime(modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8 }, bf16, engineWith(overlaps)), decode(64, 2000))
    expect(dense(['shared-expert', 'two-batch-decode'])).toEqual(dense([]))
  })
})

function sum(spans: readonly { readonly start: number; readonly end: number }[]): number {
  return spans.reduce((total, { start, end }) => total + end - start, 0)
}
