import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PhaseExplanation } from '../../../cost-model/explain/explanation.ts'
import { explainPhase } from '../../../cost-model/explain/phase.ts'
import { stepTime } from '../../../cost-model/step.ts'
import type { Overlap } from '../../../spaces/engine.ts'
import { bf16, catalog, decode, layoutOf, legalCases, modelFor, modelOf, poolFor, prefill } from '../layouts.ts'

const engine = catalog.engine('vllm')

const steps = fc.oneof(
  fc.record({ sequences: fc.integer({ min: 1, max: 2000 }), context: fc.nat(100_000) }).map((s) => ({
    phase: 'decode' as const,
    shape: decode(s.sequences, s.context),
  })),
  fc
    .record({ tokens: fc.integer({ min: 1, max: 20_000 }), sequences: fc.integer({ min: 1, max: 8 }), context: fc.nat(50_000) })
    .map((s) => ({
      phase: 'prefill' as const,
      shape: prefill(Math.max(s.tokens, s.sequences), s.sequences, s.context),
    })),
)

const ops = ({ stages }: PhaseExplanation) =>
  stages.flatMap(({ segments }) => segments.flatMap((segment) => segment.ops.map((op) => ({ ...op, repeat: segment.repeat }))))

describe('the explanation of a step', () => {
  it('sums to the time of the step, op by op and stage by stage, for any legal layout of any model', () => {
    const law = fc.property(legalCases(), steps, (of, { phase, shape }) => {
      const model = modelFor(of)
      const explained = explainPhase({ model: of.model, engine }, model, phase, shape)
      const time = stepTime(model, shape)
      const segments = explained.stages.flatMap((stage) => stage.segments)
      const waits = segments.reduce((sum, s) => sum + s.repeat * s.hostWait, 0)
      const total = ops(explained).reduce((sum, op) => sum + op.repeat * op.seconds, waits)
      expect(explained.seconds / time.latency).toBeCloseTo(1, 9)
      expect(explained.period / time.period).toBeCloseTo(1, 9)
      expect(explained.stages.reduce((sum, s) => sum + s.seconds, 0) / time.latency).toBeCloseTo(1, 9)
      expect(total / time.latency).toBeCloseTo(1, 9)
      for (const [name, mine] of [
        ['flops', ops(explained).reduce((sum, op) => sum + op.repeat * op.flops, 0)],
        ['bytes', ops(explained).reduce((sum, op) => sum + op.repeat * (op.read + op.write), 0)],
        ['sent', ops(explained).reduce((sum, op) => sum + op.repeat * op.sent, 0)],
      ] as const) {
        expect(mine / Math.max(1, time[name]), name).toBeCloseTo(time[name] > 0 ? 1 : 0, 9)
      }
    })
    fc.assert(law, { seed: 1, numRuns: 150 })
  })

  it('has every op of the graph in its order, with shares that sum to 1 and a reason for its time', () => {
    const law = fc.property(legalCases(), steps, (of, { phase, shape }) => {
      const model = modelFor(of)
      const explained = explainPhase({ model: of.model, engine }, model, phase, shape)
      const names = new Set(model[phase].segments.flatMap((s) => s.ops.map((op) => `${s.stage}/${s.name}/${op.name}`)))
      const found = explained.stages.flatMap(({ stage, segments }) =>
        segments.flatMap((s) => s.ops.map((op) => `${stage}/${s.name}/${op.name}`)),
      )
      expect(found.toSorted()).toEqual([...names].toSorted())
      const share = ops(explained).reduce((sum, op) => sum + (op.repeat * op.seconds) / explained.seconds, 0)
      const waits = explained.stages.flatMap((s) => s.segments).reduce((sum, s) => sum + (s.repeat * s.hostWait) / explained.seconds, 0)
      expect(share + waits).toBeCloseTo(1, 9)
      for (const op of ops(explained)) {
        expect(op.end - op.start).toBeCloseTo(op.seconds, 12)
        expect(op.share).toBeLessThanOrEqual(1 + 1e-9)
        if (op.lane === 'network') expect(op).toMatchObject({ bound: 'communication', exchange: { link: expect.any(String) } })
        else expect(op.seconds).toBeCloseTo(op.floor + op.compute + op.memory, 12 - Math.log10(1 + op.seconds))
        expect(op.basis).not.toBe('')
      }
    })
    fc.assert(law, { seed: 2, numRuns: 60 })
  })

  it('is what the engine overlaps: critical ops and waits for the host alone make up the step', () => {
    const overlaps = fc.constantFrom<readonly Overlap[]>(
      ['shared-expert'],
      ['two-batch-prefill', 'two-batch-decode'],
      ['shared-expert', 'two-batch-decode'],
    )
    const law = fc.property(legalCases(), steps, overlaps, (of, { phase, shape }, overlap) => {
      const generic = { ...catalog.engine('generic'), overlap: [...overlap] }
      const model = modelOf(of.model, poolFor(of.layout), of.layout, bf16, generic)
      const explained = explainPhase({ model: of.model, engine: generic }, model, phase, shape)
      const segments = explained.stages.flatMap((stage) => stage.segments)
      expect(explained.seconds / stepTime(model, shape).latency).toBeCloseTo(1, 9)
      expect(explained.period / stepTime(model, shape).period).toBeCloseTo(1, 9)
      const waits = segments.reduce((sum, s) => sum + s.repeat * s.hostWait, 0) / explained.seconds
      // A share is of all stages that run the op: counted once for each kind of segment.
      const once = new Map(segments.flatMap((s) => s.ops.map((op) => [`${s.name} ${s.ops.length} ${op.name} ${op.share}`, op] as const)))
      expect([...once.values()].reduce((sum, op) => sum + op.share, waits)).toBeCloseTo(1, 9)
      for (const op of once.values()) expect(op.critical || op.share === 0).toBe(true)
    })
    fc.assert(law, { seed: 3, numRuns: 100 })
  })

  it('takes the same share of an op in every stage that has it: all of its repeats together', () => {
    const model = catalog.model('meta-llama-3.1-405b')
    const { stages } = explainPhase({ model, engine }, modelFor({ model, layout: layoutOf({ pp: 2, tp: 8 }) }), 'decode', decode(64, 4000))
    const shares = stages.map(({ segments }) => segments.find((s) => s.name === 'layers.0')!.ops.find((op) => op.kind === 'linear')!.share)
    expect(shares[0]).toBe(shares[1])
    const alone = stages.map((s) => s.segments.find(({ name }) => name === 'layers.0')!)
    expect(alone.map(({ repeat, title }) => [repeat, title])).toEqual([
      [63, 'layers 0 to 62: GQA, dense FFN'],
      [63, 'layers 63 to 125: GQA, dense FFN'],
    ])
  })

  it('says what an op reaches, of which arithmetic, and which measurement says so', () => {
    const model = catalog.model('meta-llama-3.1-405b')
    const { stages } = explainPhase({ model, engine }, modelFor({ model, layout: layoutOf({ pp: 2, tp: 8 }) }), 'prefill', prefill(8192))
    const segments = stages[1]!.segments
    const product = segments[1]!.ops.find((op) => op.kind === 'linear')!
    // cost-model/calibration/efficiency.json: hopper linear bf16; spaces/catalog/gpus/h100-sxm.yaml: measured matrix product.
    expect(product).toMatchObject({ basis: 'hopper linear bf16', pedigree: 'fitted', efficiency: { math: 'bf16', memory: 0.831 } })
    expect(product.efficiency!.compute).toBeCloseTo(794.5 / 989, 6)
    // Tiles, waves and their starts cost a little more than the best product.
    const reached = product.flops / product.compute / 989e12
    expect(reached).toBeLessThan(product.efficiency!.compute)
    expect(reached).toBeGreaterThan(0.7)
    const reduce = segments[1]!.ops.find((op) => op.kind === 'all-reduce')!
    expect(reduce).toMatchObject({
      basis: 'h100-sxm all-reduce x8, made monotone by up to 1.5 %',
      pedigree: 'measured',
      exchange: { axis: 'tp', size: 8, link: 'scale-up' },
    })
    expect(segments[0]!.ops[0]).toMatchObject({ kind: 'send', exchange: { axis: 'pp', link: 'scale-out' } })
    expect(segments[1]!.ops.find((op) => op.kind === 'pointwise')).toMatchObject({ pedigree: 'derived', basis: 'any pointwise' })
  })
})
