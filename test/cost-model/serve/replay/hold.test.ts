import { describe, expect, it } from 'vitest'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { run, trtllm } from './fixtures.ts'

const lengths = { kind: 'drawn', isl: { kind: 'fixed', tokens: 500 }, osl: { kind: 'uniform', from: 100, to: 300 } } as const

/** Ranks of a lane with so much patience, in closed loop. */
function held(admissionHold: number | undefined, concurrency: number, attentionDp = 4) {
  const { asyncScheduling: _, ...others } = trtllm.scheduler
  const scheduler = { ...others, asyncScheduling: false, ...(admissionHold !== undefined && { admissionHold }) }
  const engine = { ...trtllm, attentionDp, scheduler }
  const replayed = run({ engine, lengths, count: 400, arrivals: { kind: 'closed', concurrency, ramp: 0 } })
  return { steps: replayed.steps, ...summarise(replayed) }
}

describe('ranks that hold prompts back for each other', () => {
  it('answer later by up to that many steps, and disturb decodes in fewer steps', () => {
    const [soon, late] = [held(undefined, 40), held(10, 40)]
    const step = soon.tpot.p50
    expect(late.ttft.p50 - soon.ttft.p50).toBeGreaterThan(2 * step)
    expect(late.ttft.p50 - soon.ttft.p50).toBeLessThan(12 * step)
    expect(late.tpot.mean).toBeLessThan(soon.tpot.mean)
  })

  it('hold nothing where one of them has nothing to decode, or there is only one', () => {
    expect(held(10, 4).ttft.mean).toBeCloseTo(held(undefined, 4).ttft.mean, 9)
    expect(held(10, 16, 1)).toEqual(held(undefined, 16, 1))
  })
})
