import { describe, expect, it } from 'vitest'
import { fullPrefill, serveStatic } from '../../../cost-model/serve/static.ts'
import type { StepShape } from '../../../cost-model/step.ts'
import { baseLoad, linearStep, whole } from './fixtures.ts'

const load = { ...baseLoad, isl: 1000, osl: 101, concurrency: 4, chunk: 2048 }

describe('one static batch', () => {
  it('prefills all prompts in as few steps as the budget allows, then decodes them together', () => {
    const s = serveStatic(load, linearStep)
    expect(s.ttft).toBeCloseTo(2 * 10.38e-3 + 4000 * 35.2e-6, 12)
    expect(s.tpot).toBeCloseTo(10.38e-3 + 4 * 26.6e-6 + 4 * 1050.5 * 0.1045e-6, 12)
    expect(s.e2e).toBeCloseTo(s.ttft + 100 * s.tpot, 12)
    expect(s.outputPerSecond).toBeCloseTo(404 / s.e2e, 9)
  })

  it('takes whole prompts where the engine does not chunk: one per step where two do not fit', () => {
    const s = serveStatic({ ...load, chunk: 1999, scheduler: whole }, linearStep)
    expect(s.ttft).toBeCloseTo(4 * 10.38e-3 + 4000 * 35.2e-6, 12)
    expect(serveStatic({ ...load, chunk: 500, scheduler: whole }, linearStep).ttft).toBeCloseTo(s.ttft, 12)
  })

  it('goes through a pipeline once, and once more per further step at the pace of the slowest stage', () => {
    const stages = (shape: StepShape) => ({
      latency: 3 * linearStep(shape).latency,
      period: linearStep(shape).period,
    })
    const step = (tokens: number) => 10.38e-3 + tokens * 35.2e-6
    // 4000 tokens as 2048 and 1952: each stage works on both, the first chunk passes two more stages.
    expect(serveStatic({ ...load, pp: 3 }, stages).ttft).toBeCloseTo(2 * step(2000) + 2 * step(2048), 12)
  })

  it('spreads prompts over attention ranks, which prefill side by side', () => {
    const fullest = (shape: StepShape) => linearStep({ ...shape, prefillTokens: shape.prefillTokens / (shape.prefillRanks ?? 1) })
    expect(serveStatic({ ...load, attentionDp: 2 }, fullest).ttft).toBeCloseTo(10.38e-3 + 2000 * 35.2e-6, 12)
    expect(serveStatic({ ...load, attentionDp: 8 }, fullest).ttft).toBeCloseTo(10.38e-3 + 1000 * 35.2e-6, 12)
  })

  it('starts with a step that is as full as its prompts and the budget allow', () => {
    expect(fullPrefill(load)).toMatchObject({ prefillTokens: 2048, prefillSequences: 2.048, decodeSequences: 0 })
    expect(fullPrefill({ ...load, concurrency: 1, isl: 5000 })).toMatchObject({ prefillTokens: 2048, prefillSequences: 1 })
    expect(fullPrefill({ ...load, concurrency: 1 })).toMatchObject({ prefillTokens: 1000, prefillSequences: 1 })
  })

  it('adds the declared overhead of a request to its first token only', () => {
    const plain = serveStatic(load, linearStep)
    const slow = serveStatic({ ...load, perRequest: 0.01 }, linearStep)
    expect(slow.ttft - plain.ttft).toBeCloseTo(0.01, 12)
    expect(slow.tpot).toBe(plain.tpot)
  })
})
