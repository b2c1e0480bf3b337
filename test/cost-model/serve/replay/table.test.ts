import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepFunction } from '../../../../cost-model/serve/load.ts'
import { tabulated } from '../../../../cost-model/serve/replay/table.ts'
import { linearStep } from '../fixtures.ts'

/** Attention that grows as the product of tokens and context, and steps of 8 in the batch, as captured graphs have. */
const curved: StepFunction = (shape) => {
  const { prefillTokens, prefillContext, prefillSequences, decodeSequences, decodeContext } = shape
  const prompt = 5e-3 + 3e-5 * prefillTokens + 1e-9 * prefillTokens * (prefillContext + prefillTokens / Math.max(1, prefillSequences) / 2)
  const decode = 2e-4 * Math.ceil(decodeSequences / 8) + 1e-7 * decodeSequences * decodeContext
  return { latency: 2 * (prompt + decode), period: prompt + decode }
}

const anyShape = fc
  .record({
    prefillSequences: fc.integer({ min: 0, max: 5 }),
    chunk: fc.integer({ min: 1, max: 9000 }),
    prefillContext: fc.integer({ min: 0, max: 50_000 }),
    decodeSequences: fc.integer({ min: 0, max: 500 }),
    decodeContext: fc.double({ min: 1, max: 100_000, noNaN: true }),
  })
  .map(({ chunk, ...rest }) => ({ ...rest, prefillTokens: rest.prefillSequences * chunk }))

describe('a table of step times', () => {
  it('is within half a percent of the function it is filled from, over any shapes in any order', () => {
    const table = tabulated(curved)
    fc.assert(
      fc.property(anyShape, (shape) => {
        const [is, should] = [table(shape), curved(shape)]
        expect(Math.abs(is.latency / should.latency - 1)).toBeLessThanOrEqual(0.005)
        expect(Math.abs(is.period / should.period - 1)).toBeLessThanOrEqual(0.005)
      }),
      { seed: 5, numRuns: 5000 },
    )
  })

  it('asks once for each knot', () => {
    let asked = 0
    const table = tabulated((shape) => {
      asked++
      return linearStep(shape)
    })
    const decode = (context: number) => ({
      prefillTokens: 0,
      prefillSequences: 0,
      prefillContext: 0,
      decodeSequences: 9,
      decodeContext: context,
    })
    for (let context = 1000; context < 1010; context++) table(decode(context))
    expect(asked).toBe(2)
  })
})
