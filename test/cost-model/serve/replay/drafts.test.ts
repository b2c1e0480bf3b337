import { describe, expect, it } from 'vitest'
import { tokensPerStep } from '../../../../cost-model/serve/load.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import type { Speculation } from '../../../../spaces/plan.ts'
import { fixed, run, vllm } from './fixtures.ts'

const lengths = { kind: 'drawn', isl: fixed(300), osl: fixed(400) } as const
const arrivals = { kind: 'closed', concurrency: 16, ramp: 20 } as const
const flat = () => ({ latency: 0.01, period: 0.01 })
const replayed = (speculation: Speculation | undefined, more: object = {}) =>
  run({ engine: { ...vllm, speculation }, lengths, arrivals, count: 160, ...more })

describe('a replay that speculates', () => {
  it.each([
    { depth: 1, acceptance: 0.5 },
    { depth: 4, acceptance: 0.7 },
    { depth: 3, acceptance: [0.9, 0.6, 0.2] },
  ])('gains as many tokens per step as its acceptance gives: $depth drafts, $acceptance', (speculation) => {
    const { tpot } = summarise(replayed(speculation, { step: flat }))
    expect(0.01 / tpot.mean / tokensPerStep(speculation)).toBeCloseTo(1, 1)
  })

  it('takes depth + 1 tokens per step where all drafts are accepted, one where none is', () => {
    const all = summarise(replayed({ depth: 3, acceptance: 1 }, { step: flat })).tpot
    const none = summarise(replayed({ depth: 3, acceptance: 0 }, { step: flat })).tpot
    // 399 tokens in 100 steps.
    expect(all.p50).toBeCloseTo((100 * 0.01) / 399, 9)
    expect(none.p50).toBeCloseTo(0.01, 9)
  })

  it('is never faster than without where no draft is accepted: each costs its verification', () => {
    const [with3, without] = [{ depth: 3, acceptance: 0 }, undefined].map((speculation) => summarise(replayed(speculation)))
    expect(with3!.tpot.mean).toBeGreaterThan(without!.tpot.mean)
    expect(with3!.makespan).toBeGreaterThan(without!.makespan)
  })

  it('keeps KV for its drafts: where KV binds, fewer requests run, and all that were preempted finish', () => {
    const few = (speculation: Speculation | undefined) => {
      const engine = { ...vllm, blocks: 220, blockTokens: 4, speculation }
      return run({ engine, lengths, arrivals: { kind: 'closed', concurrency: 16, ramp: 0 }, count: 80, step: flat })
    }
    const [drafting, plain] = [few({ depth: 15, acceptance: 0 }), few(undefined)]
    expect(summarise(drafting).preemptions).toBeGreaterThan(0)
    expect(drafting.records.finish.every(Number.isFinite)).toBe(true)
    expect(drafting.makespan).toBeGreaterThan(plain.makespan)
  })
})
