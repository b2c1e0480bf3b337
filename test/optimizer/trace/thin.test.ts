import { describe, expect, it } from 'vitest'
import { thinned } from '../../../optimizer/trace/thin.ts'
import { lengthMoments } from '../../../spaces/length.ts'
import { makeRng } from '../../../spaces/rng.ts'
import { meanProduct } from '../../../spaces/workload.ts'

const column = (values: readonly number[]) => Int32Array.from(values)

describe('a trace that is thinned', () => {
  it('is its requests, pair by pair, where there are few', () => {
    const { isl, osl, paired, prefixHit } = thinned({ isl: column([30, 10]), osl: column([1, 2]), cached: column([10, 0]) })
    expect([isl, osl, paired, prefixHit]).toEqual([
      { kind: 'empirical', tokens: [10, 30] },
      { kind: 'empirical', tokens: [2, 1] },
      true,
      0.25,
    ])
  })

  it('keeps means, variances and which prompts go with which outputs', () => {
    const rng = makeRng(1)
    const isl = column(Array.from({ length: 20_000 }, () => 10 + Math.round(2000 * rng.uniform() ** 3)))
    const osl = isl.map((tokens) => Math.max(1, Math.round(300 * rng.uniform() + (tokens > 500 ? 0 : 400))))
    const thin = thinned({ isl, osl, cached: isl.map(() => 0) })
    const of = (values: Int32Array) => ({ kind: 'empirical' as const, tokens: [...values] })
    for (const [ours, theirs] of [
      [thin.isl, of(isl)],
      [thin.osl, of(osl)],
    ] as const) {
      expect(lengthMoments(ours).mean / lengthMoments(theirs).mean).toBeCloseTo(1, 2)
      expect(lengthMoments(ours).cv / lengthMoments(theirs).cv).toBeCloseTo(1, 2)
    }
    const product = isl.reduce((sum, tokens, i) => sum + tokens * osl[i], 0) / isl.length
    expect(meanProduct(thin) / product).toBeCloseTo(1, 1)
  })
})
