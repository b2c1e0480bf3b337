import { describe, expect, it } from 'vitest'
import { type Length, lengthMoments, longestTokens } from '../../spaces/length.ts'
import { missMoments } from '../../spaces/prefix-hit.ts'
import { parseWith } from '../../spaces/validate.ts'
import { lengthOfAll, longestRequest, workloadSchema } from '../../spaces/workload.ts'

const workload = (fields: object) => parseWith(workloadSchema, { id: 'w', name: 'W', ...fields })
const two = [
  { name: 'chat', share: 3, isl: 100, osl: 50 },
  { name: 'rag', share: 1, isl: { kind: 'uniform', from: 1000, to: 2000 }, osl: 20 },
]

describe('lengths', () => {
  it('that were seen have the moments of what was seen', () => {
    const seen: Length = { kind: 'empirical', tokens: [10, 20, 60] }
    expect(lengthMoments(seen).mean).toBe(30)
    expect(lengthMoments(seen).cv).toBeCloseTo(Math.sqrt((400 + 100 + 900) / 3) / 30, 12)
    expect(longestTokens(seen)).toBe(60)
  })

  it('of a mixture have the moments over all requests, whatever the sum of the shares', () => {
    const { isl } = workload({ classes: two })
    // E = (3 x 100 + 1500) / 4, E[x^2] = (3 x 100^2 + 1500^2 + 1000^2 / 12) / 4
    expect(lengthMoments(isl).mean).toBe(450)
    expect(lengthMoments(isl).cv).toBeCloseTo(Math.sqrt((3e4 + 2.25e6 + 1e6 / 12) / 4 / 450 ** 2 - 1), 12)
    expect(longestTokens(isl)).toBe(2000)
  })

  it('of mixtures of mixtures are one mixture with the shares multiplied', () => {
    const bimodal = {
      kind: 'mixture' as const,
      of: [
        { share: 1, length: { kind: 'fixed' as const, tokens: 10 } },
        { share: 3, length: { kind: 'fixed' as const, tokens: 20 } },
      ],
    }
    const classes = [
      { name: 'a', share: 1, isl: bimodal, osl: bimodal, prefixHit: 0 },
      { name: 'b', share: 1, isl: { kind: 'fixed' as const, tokens: 40 }, osl: bimodal, prefixHit: 0 },
    ]
    expect(lengthOfAll(classes, 'isl').of.map(({ share }) => share)).toEqual([0.125, 0.375, 0.5])
  })
})

describe('the longest request', () => {
  it('is one of some class, not the longest prompt of one with the longest output of another', () => {
    expect(longestRequest(workload({ classes: two }))).toEqual({ isl: 2000, osl: 20 })
  })

  it('is a pair where lengths are paired', () => {
    const isl = { kind: 'empirical', tokens: [10, 500] }
    const osl = { kind: 'empirical', tokens: [400, 5] }
    expect(longestRequest(workload({ isl, osl, paired: true }))).toEqual({ isl: 500, osl: 5 })
    expect(longestRequest(workload({ isl, osl }))).toEqual({ isl: 500, osl: 400 })
  })
})

describe('a workload', () => {
  it('has isl and osl, or classes of distinct names, not both, and pairs that match', () => {
    const empirical = { kind: 'empirical', tokens: [1, 2] }
    expect(() => workload({ isl: 1 })).toThrow('needs isl and osl, or classes')
    expect(() => workload({ isl: 1, classes: two })).toThrow('has classes, so isl and osl are theirs')
    expect(() => workload({ classes: [two[0], two[0]] })).toThrow('names a class twice')
    expect(() => workload({ isl: empirical, osl: 3, paired: true })).toThrow('paired ones are empirical')
    expect(() => workload({ classes: [{ ...two[0], paired: true }] })).toThrow('isl and osl must be empirical')
    expect(() => workload({ classes: [{ ...two[0], share: 0 }] })).toThrow('classes[0].share')
  })
})

describe('prefix hits', () => {
  it('leave to compute what they do not find', () => {
    expect(missMoments(0.25)).toEqual({ mean: 0.75, cv: 0 })
    expect(missMoments({ kind: 'empirical', shares: [0, 0.5] }).mean).toBe(0.75)
    expect(missMoments({ kind: 'empirical', shares: [0, 0.5] }).cv).toBeCloseTo(1 / 3, 12)
    const beta = missMoments({ kind: 'beta', mean: 0.6, cv: 0.5 })
    expect(beta.mean * beta.cv).toBeCloseTo(0.3, 12)
  })

  it('vary by no more than shares between 0 and 1 can', () => {
    expect(() => workload({ isl: 1, osl: 1, prefixHit: { kind: 'beta', mean: 0.5, cv: 1 } })).toThrow('cv must stay below')
  })
})
