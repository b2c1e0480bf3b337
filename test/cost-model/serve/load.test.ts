import { describe, expect, it } from 'vitest'
import { computedPrompt, meanContext, stepWidth, tokensPerStep } from '../../../cost-model/serve/load.ts'
import { baseLoad } from './fixtures.ts'

describe('load', () => {
  it('a step with k drafts gains (1 - a^(k+1)) / (1 - a) tokens', () => {
    expect(tokensPerStep(undefined)).toBe(1)
    expect(tokensPerStep({ depth: 1, acceptance: 0.8 })).toBeCloseTo(1.8, 12)
    expect(tokensPerStep({ depth: 3, acceptance: 0.7 })).toBeCloseTo(1 + 0.7 + 0.49 + 0.343, 12)
    expect(tokensPerStep({ depth: 3, acceptance: 0 })).toBe(1)
    expect(tokensPerStep({ depth: 3, acceptance: 1 })).toBe(4)
  })

  it('a step verifies its last token and every draft', () => {
    expect([undefined, { depth: 1, acceptance: 0.5 }, { depth: 7, acceptance: 0.5 }].map(stepWidth)).toEqual([1, 2, 8])
  })

  it('a running request is met in the middle of its output, and later when outputs vary (inspection paradox)', () => {
    expect(meanContext({ ...baseLoad, isl: 1000, osl: 200, oslCv: 0 })).toBe(1100)
    expect(meanContext({ ...baseLoad, isl: 1000, osl: 200, oslCv: 1 })).toBe(1200)
  })

  it('a prompt that is cached whole still computes one token', () => {
    expect(computedPrompt({ ...baseLoad, isl: 1000, prefixHit: 0.25 })).toBe(750)
    expect(computedPrompt({ ...baseLoad, isl: 10, prefixHit: 0.99 })).toBe(1)
  })
})
