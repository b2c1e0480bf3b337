import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frontOf } from '../../../optimizer/archive.ts'
import { limitsOf, worstViolation } from '../../../optimizer/limit.ts'
import { distance, nearOf, reach } from '../../../optimizer/refine/near.ts'
import { emptyTable, pick, rowAt, type Table, union } from '../../../optimizer/table.ts'
import { rowOf, tableOf, twoObjectives } from '../rows.ts'

const limits = limitsOf({ ttft: 1 }, {})
const judged = { objectives: twoObjectives, limits }

// Steps that no few of make exactly the reach: rounding decides nothing.
const value = fc.nat(40).map((n) => 1 + n * 0.00937)
const plans = fc
  .uniqueArray(fc.tuple(fc.nat(99), value, value, fc.constantFrom(0.9, 1.06, 1.2)), { maxLength: 40, selector: ([index]) => index })
  .map((drawn) =>
    tableOf(
      drawn.map(([index, tpot, rate, ttft]) => [
        index,
        { tpot_ms: tpot, out_tok_s_per_gpu: rate, ttft_ms: ttft, status: ttft > 1 ? 1 : 0 },
      ]),
    ),
  )
const frontOfTable = (table: Table) => frontOf(table, twoObjectives)
const laws = { seed: 3, numRuns: 200 }

describe('plans near a front', () => {
  it('are the front, and the plans that an error of so much in every value could bring there', () => {
    fc.assert(
      fc.property(plans, (table) => {
        const front = frontOfTable(table)
        const near = new Set(nearOf(table, front, judged).indexes)
        for (const index of front.indexes) expect(near.has(index)).toBe(true)
        for (const [i, index] of table.indexes.entries()) {
          const row = rowAt(table, i)
          const better = { tpot_ms: row[2]! / (1 + reach), out_tok_s_per_gpu: row[4]! * (1 + reach), ttft_ms: row[1]! }
          const beaten = Array.from(front.indexes, (_, f) => rowAt(front, f)).some(
            (f) => f[2]! < better.tpot_ms && f[4]! > better.out_tok_s_per_gpu,
          )
          expect(near.has(index)).toBe(!beaten && worstViolation(limits, row, 0) <= reach)
        }
      }),
      laws,
    )
  })

  it('are found in parts: those near the front of the whole are near the fronts of the parts', () => {
    fc.assert(
      fc.property(plans, (whole) => {
        const part = (odd: number) =>
          pick(
            whole,
            [...whole.indexes.keys()].filter((i) => i % 2 === odd),
          )
        const [a, b] = [part(0), part(1)]
        const parts = union(nearOf(a, frontOfTable(a), judged), nearOf(b, frontOfTable(b), judged))
        const near = nearOf(whole, frontOfTable(whole), judged)
        for (const index of near.indexes) expect(parts.indexes).toContain(index)
        expect(nearOf(parts, frontOfTable(parts), judged)).toEqual(near)
      }),
      laws,
    )
  })

  it('hold no plan that lacks a value of an objective', () => {
    expect(distance(rowOf({ tpot_ms: 1, ttft_ms: 0.5 }), emptyTable, judged)).toBe(Number.POSITIVE_INFINITY)
  })

  it('are those close to the limits where no plan meets them', () => {
    const table = tableOf([
      [1, { tpot_ms: 1, out_tok_s_per_gpu: 9, ttft_ms: 1.09, status: 1 }],
      [2, { tpot_ms: 1, out_tok_s_per_gpu: 9, ttft_ms: 1.11, status: 1 }],
    ])
    expect([...nearOf(table, emptyTable, judged).indexes]).toEqual([1])
  })
})

describe('the distance of a plan from a front', () => {
  const front = tableOf([
    [1, { tpot_ms: 1, out_tok_s_per_gpu: 100, ttft_ms: 0.5 }],
    [2, { tpot_ms: 2, out_tok_s_per_gpu: 200, ttft_ms: 0.5 }],
  ])
  const far = (tpot: number, rate: number, ttft = 0.5) =>
    distance(rowOf({ tpot_ms: tpot, out_tok_s_per_gpu: rate, ttft_ms: ttft }), front, judged)

  it('is what it lacks in the objective in which it lacks least', () => {
    expect([far(1, 100), far(1.02, 90), far(1.5, 98), far(2.02, 196)].map((x) => Number(x.toFixed(4)))).toEqual([0, 0.02, 0.0204, 0.01])
  })

  it('is at least what it misses a limit by', () => {
    expect(far(1, 100, 1.03)).toBeCloseTo(0.03, 12)
  })
})
