import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frontOf, mergeFronts } from '../../optimizer/archive.ts'
import { emptyTable, type Table } from '../../optimizer/table.ts'
import { tableOf, twoObjectives } from './rows.ts'

/** The same plan has the same values wherever it turns up. */
function plan(index: number): readonly [number, { tpot_ms: number; out_tok_s_per_gpu: number; status: number }] {
  return [index, { tpot_ms: (index * 7) % 11, out_tok_s_per_gpu: (index * 5) % 13, status: index % 4 === 3 ? 1 : 0 }]
}

const indexSets = fc.uniqueArray(fc.nat(60), { maxLength: 25 })
const front = (indexes: readonly number[]) => frontOf(tableOf(indexes.map(plan)), twoObjectives)
const fronts = indexSets.map(front)
const merge = (a: Table, b: Table) => mergeFronts(a, b, twoObjectives)
const laws = { seed: 1, numRuns: 300 }

describe('merging fronts', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(fronts, fronts, (a, b) => {
        expect(merge(a, b)).toEqual(merge(b, a))
      }),
      laws,
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(fronts, fronts, fronts, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
      }),
      laws,
    )
  })

  it('is idempotent, and the empty front adds nothing', () => {
    fc.assert(
      fc.property(fronts, (a) => {
        expect(merge(a, a)).toEqual(a)
        expect(merge(a, emptyTable)).toEqual(a)
      }),
      laws,
    )
  })

  it('gives the front of all plans, however they were split', () => {
    fc.assert(
      fc.property(indexSets, indexSets, (a, b) => {
        expect(merge(front(a), front(b))).toEqual(front([...new Set([...a, ...b])]))
      }),
      laws,
    )
  })
})

describe('the front of a table', () => {
  it('holds no plan that misses a limit, and such a plan beats nothing', () => {
    const plans = tableOf([
      [1, { tpot_ms: 1, out_tok_s_per_gpu: 9, status: 1 }],
      [2, { tpot_ms: 2, out_tok_s_per_gpu: 5 }],
      [3, { tpot_ms: 1, out_tok_s_per_gpu: Number.NaN }],
    ])
    expect([...frontOf(plans, twoObjectives).indexes]).toEqual([2])
  })
})
