import { describe, expect, it } from 'vitest'
import { limitsOf } from '../../../optimizer/limit.ts'
import { survivorsOf } from '../../../optimizer/refine/survivors.ts'
import { union } from '../../../optimizer/table.ts'
import { tableOf, twoObjectives } from '../rows.ts'

const judged = { objectives: twoObjectives, limits: limitsOf({}, {}) }
const front = tableOf([
  [5, { tpot_ms: 1, out_tok_s_per_gpu: 100 }],
  [9, { tpot_ms: 2, out_tok_s_per_gpu: 200 }],
])
const beside = tableOf([
  [1, { tpot_ms: 1.04, out_tok_s_per_gpu: 90 }],
  [2, { tpot_ms: 1.02, out_tok_s_per_gpu: 90 }],
  [7, { tpot_ms: 1.02, out_tok_s_per_gpu: 80 }],
])

describe('what is replayed', () => {
  it('is the front, what is recommended first, then what is nearest to it, of equals the lowest index', () => {
    const order = survivorsOf(union(front, beside), front, judged, [9])
    expect(order.map(({ index }) => index)).toEqual([9, 5, 2, 7, 1])
    expect([...order[0]!.row]).toEqual([...front.rows.slice(front.rows.length / 2)])
  })

  it('comes no farther from the front than epsilon', () => {
    const far = tableOf([[3, { tpot_ms: 1.06, out_tok_s_per_gpu: 90 }]])
    expect(survivorsOf(far, front, judged, [])).toEqual([])
  })
})
