import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countStep, rowsIn } from '../../cost-model/counts.ts'
import type { LayoutModel } from '../../cost-model/layout-model.ts'
import { decodeInterval } from '../../cost-model/pipeline.ts'
import { type StepShape, stepTime } from '../../cost-model/step.ts'
import { opTime } from '../../cost-model/timed.ts'
import { type Layout, replicaGpus } from '../../spaces/plan.ts'
import { layoutOf } from '../cost-model/layouts.ts'
import { anyStep, changed, holds, inOneBatch, layoutModel } from './law.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const plans = randomPlan('prefill')
const cases = fc.tuple(plans, anyStep)
const single = plans.map(inOneBatch)

/** One batch, and ranks numbered stage by stage: the groups of a stage then lie on the links as they do without a pipeline. */
const stageByStage = single.map((drawn) => {
  const { engine } = drawn.scenario
  return {
    ...drawn,
    scenario: { ...drawn.scenario, engine: { ...engine, parallel: { ...engine.parallel, rankOrder: 'pp-outside' as const } } },
  }
})

/** The same model and pool with other widths. */
function modelOn(drawn: Drawn, layout: Layout): LayoutModel {
  return layoutModel(changed(drawn, { layout }))
}

const isEager = ({ attentionDp, captured }: LayoutModel, shape: StepShape) => countStep(shape, attentionDp, captured).eager

/** Prompts alone or decodes alone. */
const onePhase = anyStep.filter((s) => s.prefillTokens === 0 || s.decodeSequences === 0)

describe('the time of a step', () => {
  it('has no negative or missing seconds, FLOP or bytes, in any op that runs', () => {
    holds(cases, { seed: 51, runs: 80 }, ([drawn, shape]) => {
      const model = layoutModel(drawn)
      const counts = countStep(shape, model.attentionDp, model.captured)
      for (const op of model.segments.flatMap((s) => s.ops)) {
        const rows = rowsIn(op.rows, counts)
        expect(rows, op.op.name).toBeGreaterThanOrEqual(0)
        if (rows === 0) continue
        const { seconds, floor, work } = opTime(op, rows, counts)
        for (const [name, value] of Object.entries({ seconds, floor, ...work })) {
          expect(value >= 0 && value < 1e18, `${op.op.name} ${name} ${value}`).toBe(true)
        }
      }
      const { bound: _, ...time } = stepTime(model, shape)
      for (const [name, value] of Object.entries(time)) expect(value >= 0 && value < 1e18, `${name} ${value}`).toBe(true)
      expect(time.latency).toBeGreaterThan(0)
    })
  })

  it('has no communication at width 1, and in every exchange a group of at least two', () => {
    holds(cases, { seed: 52, runs: 60 }, ([drawn, shape]) => {
      const alone = modelOn(drawn, layoutOf({}))
      expect(stepTime(alone, shape)).toMatchObject({ communication: 0, sent: 0 })
      expect(alone.segments.flatMap((s) => s.ops.filter((op) => op.network))).toEqual([])
      for (const { op, network } of layoutModel(drawn).segments.flatMap((s) => s.ops)) {
        if (network && 'group' in op) expect(op.group.size, op.name).toBeGreaterThan(1)
      }
    })
  })

  it('is on n GPUs more than an nth of what it is on one, launched as a graph or one by one on both', () => {
    holds(fc.tuple(plans, onePhase), { seed: 53, runs: 120 }, ([drawn, shape]) => {
      const gpus = replicaGpus(drawn.layout)
      const [model, alone] = [layoutModel(drawn), modelOn(drawn, layoutOf({}))]
      if (gpus === 1 || isEager(model, shape) !== isEager(alone, shape)) return
      const [wide, one] = [stepTime(model, shape).latency, stepTime(alone, shape).latency]
      expect(wide * gpus).toBeGreaterThan(one)
      const { pp, tp, ep, sp, attentionDp } = drawn.layout
      if (sp * attentionDp === 1 && pp * tp * ep > 1) expect(wide * pp * tp * ep).toBeGreaterThan(one)
    })
  })

  it('is through a pipeline no less than without it at equal widths and links of a stage, whatever the step of one batch', () => {
    holds(fc.tuple(stageByStage, anyStep), { seed: 54, runs: 100 }, ([drawn, shape]) => {
      const [piped, whole] = [layoutModel(drawn), modelOn(drawn, { ...drawn.layout, pp: 1 })].map((m) => stepTime(m, shape))
      expect(piped!.latency).toBeGreaterThanOrEqual(whole!.latency * (1 - 1e-12))
      expect(piped!.period * drawn.layout.pp).toBeGreaterThanOrEqual(piped!.latency * (1 - 1e-12))
    })
  })

  it('with m batches in flight gives a token no sooner than one of them without a pipeline, nor m tokens than all of them', () => {
    const decodes = fc.tuple(
      stageByStage,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 30_000 }),
    )
    holds(decodes, { seed: 55, runs: 100 }, ([drawn, inFlight, each, context]) => {
      const { pp, attentionDp } = drawn.layout
      const m = Math.min(pp, inFlight)
      const decode = (n: number) => ({
        prefillTokens: 0,
        prefillSequences: 0,
        prefillContext: 0,
        decodeSequences: n,
        decodeContext: context,
      })
      const whole = modelOn(drawn, { ...drawn.layout, pp: 1 })
      const one = each * attentionDp
      const interval = decodeInterval(stepTime(layoutModel(drawn), decode(one)), m)
      expect(interval).toBeGreaterThanOrEqual(stepTime(whole, decode(one)).latency * (1 - 1e-12))
      if (isEager(whole, decode(one * m)) === isEager(whole, decode(one))) {
        expect(interval * m).toBeGreaterThanOrEqual(stepTime(whole, decode(one * m)).latency * (1 - 1e-12))
      }
    })
  })

  it('never falls with more requests, more tokens or longer contexts, where it is one batch', () => {
    const fields = fc.constantFrom('prefillTokens', 'prefillContext', 'decodeSequences', 'decodeContext')
    holds(fc.tuple(single, anyStep, fields, fc.integer({ min: 1, max: 3000 })), { seed: 56, runs: 120 }, ([drawn, shape, field, more]) => {
      if (shape[field] === 0) return
      const model = layoutModel(drawn)
      const [less, grown] = [stepTime(model, shape), stepTime(model, { ...shape, [field]: shape[field] + more })]
      expect(grown.latency).toBeGreaterThanOrEqual(less.latency * (1 - 1e-12))
      expect(grown.period).toBeGreaterThanOrEqual(less.period * (1 - 1e-12))
    })
  })

  it('is of no less work and memory traffic on all ranks together than on one, where no graph pads it', () => {
    holds(cases, { seed: 57, runs: 100 }, ([drawn, shape]) => {
      const { engine } = drawn.scenario
      const scenario = { ...drawn.scenario, engine: { ...engine, graphs: { ...engine.graphs, captured: [] } } }
      const unpadded = { ...drawn, scenario }
      const ranks = replicaGpus(drawn.layout) / drawn.layout.pp
      const [wide, one] = [layoutModel(unpadded), modelOn(unpadded, layoutOf({}))].map((m) => stepTime(m, shape))
      expect((wide!.flops * ranks) / one!.flops).toBeGreaterThanOrEqual(1 - 1e-12)
      expect((wide!.bytes * ranks) / one!.bytes).toBeGreaterThanOrEqual(1 - 1e-12)
    })
  })
})
