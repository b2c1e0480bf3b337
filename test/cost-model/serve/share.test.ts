import { describe, expect, it } from 'vitest'
import { shareSteps } from '../../../cost-model/serve/share.ts'
import { baseLoad, mixing, stalling } from './fixtures.ts'

const load = { ...baseLoad, isl: 1000, osl: 100, chunk: 8192 }

describe('how requests share the steps of a replica', () => {
  it('all prompt tokens are processed: what one does not see in its prefill, it meets while it decodes', () => {
    for (const scheduler of [mixing, stalling]) {
      for (const [attentionDp, running] of [
        [1, 2],
        [1, 64],
        [4, 64],
        [8, 512],
      ] as const) {
        const s = shareSteps({ ...load, attentionDp, scheduler }, running, 1)
        expect(s.prefill * s.own.tokens + s.disturbed * s.other.tokens, `${attentionDp} ranks, ${running} running`).toBeCloseTo(
          running * 1000,
          3,
        )
      }
    }
  })

  it('the fullest of several ranks has more prompt tokens than the mean, and never more than the budget', () => {
    // Three prompts arrive per rank and step: every rank has some.
    const s = shareSteps({ ...load, osl: 20, attentionDp: 8 }, 512, 1)
    const [mean, fullest] = [s.other.tokens / 8, s.other.tokens / s.other.ranks]
    expect(s.other.ranks).toBeLessThan(7)
    expect(fullest).toBeGreaterThan(1.2 * mean)
    expect(fullest).toBeLessThanOrEqual(8192)
    expect(shareSteps({ ...load, attentionDp: 1 }, 64, 1).other.ranks).toBeCloseTo(1, 9)
  })

  it('a request alone meets nobody', () => {
    for (const osl of [1, 2, 7, 500]) expect(shareSteps({ ...load, osl }, 1, 1)).toMatchObject({ disturbed: 0, beside: 0 })
  })
})
