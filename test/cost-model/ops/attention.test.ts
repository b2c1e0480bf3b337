import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attendedEntries, causalPairs } from '../../../cost-model/ops/attention.ts'

const all = Number.POSITIVE_INFINITY

describe('query-key pairs', () => {
  it('are half a square for a fresh prompt, and context more for each query of a chunk', () => {
    expect(causalPairs(4, 0, all, 0, all)).toBe(1 + 2 + 3 + 4)
    expect(causalPairs(4, 10, all, 0, all)).toBe(11 + 12 + 13 + 14)
    expect(causalPairs(4000, 0, all, 0, all)).toBe((4000 * 4001) / 2)
  })

  it('stop growing at the window', () => {
    expect(causalPairs(4, 0, 2, 0, all)).toBe(1 + 2 + 2 + 2)
    expect(causalPairs(4, 10, 2, 0, all)).toBe(8)
  })

  it('are those of the top entries in sparse attention, beside a window where there is one', () => {
    expect(causalPairs(4, 0, 0, 1, 2)).toBe(1 + 2 + 2 + 2)
    expect(causalPairs(4, 4, 2, 4, 1)).toBe(8 + 4)
  })

  it('are the sum of what each query attends to', () => {
    const small = fc.integer({ min: 0, max: 40 })
    fc.assert(
      fc.property(
        small,
        small,
        fc.constantFrom(0, 1, 7, 25, all),
        fc.constantFrom(0, 1, 4),
        fc.constantFrom(1, 5, all),
        (q, context, window, every, top) => {
          let sum = 0
          for (let i = 1; i <= q; i++) sum += attendedEntries(context + i, window, every, top)
          expect(causalPairs(q, context, window, every, top)).toBeCloseTo(sum, 6)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })

  it('of a prompt in chunks are those of the whole prompt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom(128, 4096, all),
        (first, second, window) => {
          const chunks = causalPairs(first, 0, window, 0, all) + causalPairs(second, first, window, 0, all)
          expect(chunks / causalPairs(first + second, 0, window, 0, all)).toBeCloseTo(1, 9)
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })
})
