import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divisors, factorise } from '../../spaces/factorise.ts'

const all = (k: number) => Array.from({ length: k }, () => 'all' as const)

/** Ordered factorisations of n into k factors: for n = prod p^a the product of C(a + k - 1, k - 1) (stars and bars per prime). */
function orderedFactorisations(n: number, k: number): number {
  let [rest, count] = [n, 1]
  for (let p = 2; rest > 1; p++) {
    let a = 0
    while (rest % p === 0) [rest, a] = [rest / p, a + 1]
    for (let i = 1; i < k; i++) count = (count * (a + i)) / i
  }
  return count
}

describe('divisors', () => {
  it('lists every divisor once, ascending', () => {
    expect(divisors(1)).toEqual([1])
    expect(divisors(36)).toEqual([1, 2, 3, 4, 6, 9, 12, 18, 36])
    expect(divisors(9_699_690)).toHaveLength(256)
  })
})

describe('factorise', () => {
  it('splits 8 GPUs over tp and pp in four ways, 8 x 1 and 1 x 8 among them', () => {
    // A peer's enumeration tests tp x pp < 8 and lists (1,4), (2,2), (4,1): it never uses the whole fleet.
    expect(factorise(8, all(2))).toEqual([
      [1, 8],
      [2, 4],
      [4, 2],
      [8, 1],
    ])
  })

  it('finds 210 splits of 64 GPUs over five widths, and those of a fleet that is no power of two', () => {
    expect(factorise(64, all(5))).toHaveLength(210)
    expect(factorise(72, all(3))).toHaveLength(orderedFactorisations(72, 3))
    expect(factorise(72, all(3))).toContainEqual([3, 4, 6])
  })

  it('uses the whole fleet in every split, repeats none, and counts as the closed form does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5 }), (n, k) => {
        const found = factorise(n, all(k))
        expect(found.every((widths) => widths.length === k && widths.reduce((a, b) => a * b) === n)).toBe(true)
        expect(new Set(found.map(String)).size).toBe(found.length)
        expect(found).toHaveLength(orderedFactorisations(n, k))
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('keeps the splits whose widths are allowed, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 720 }), fc.uniqueArray(fc.integer({ min: 1, max: 30 })), (n, values) => {
        const some = (value: number) => values.includes(value)
        const expected = factorise(n, all(3)).filter(([, second]) => some(second!))
        expect(factorise(n, ['all', some, 'all'])).toEqual(expected)
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})
