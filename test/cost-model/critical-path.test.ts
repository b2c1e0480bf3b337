import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countStep, rowsIn } from '../../cost-model/counts.ts'
import { longestPath, schedule } from '../../cost-model/critical-path.ts'
import type { Op, Segment } from '../../cost-model/graph.ts'
import type { LayoutModel } from '../../cost-model/layout-model.ts'
import { type StepShape, stepTime } from '../../cost-model/step.ts'
import { opTime } from '../../cost-model/timed.ts'
import { decode, legalCases, modelFor, modelOf, prefill, published } from './layouts.ts'

describe('the longest path', () => {
  const secondsIn = (model: LayoutModel, shape: StepShape) => {
    const counts = countStep(shape, model.attentionDp, model.captured)
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

  it('through a graph is the latency of the step', () => {
    fc.assert(
      fc.property(
        legalCases(),
        fc.boolean(),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 9000 }),
        (plan, decoding, n, tokens) => {
          const model = modelFor(plan)
          const shape = decoding ? decode(n, tokens) : prefill(Math.min(tokens, 400))
          const path = longestPath(decoding ? model.decode : model.prefill, secondsIn(model, shape), 'serial')
          expect(path / stepTime(model, shape).latency).toBeCloseTo(1, 9)
        },
      ),
      { seed: 4, numRuns: 120 },
    )
  })

  it('with overlap is no longer, and no shorter than the work of either lane', () => {
    const model = modelOf('deepseek-v3', { gpu: 'h200-sxm', gpus: 16 }, { attentionDp: 16, ep: 16 }, published)
    const seconds = secondsIn(model, decode(512, 3000))
    const [serial, lanes] = [longestPath(model.decode, seconds, 'serial'), longestPath(model.decode, seconds, 'lanes')]
    expect(lanes).toBeLessThan(serial)
    const layer = model.decode.segments.find((s) => s.name === 'layers.1')!
    const end = Math.max(...schedule(layer, seconds, 'lanes').map((s) => s.end))
    for (const lane of ['compute', 'network']) {
      expect(end).toBeGreaterThanOrEqual(
        layer.ops.filter((op) => op.lane === lane).reduce((sum, op) => sum + seconds(op, layer), 0) * (1 - 1e-12),
      )
    }
  })
})
