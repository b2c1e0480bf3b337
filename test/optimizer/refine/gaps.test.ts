import { describe, expect, it } from 'vitest'
import { gapsOf } from '../../../optimizer/refine/gaps.ts'
import { tableOf } from '../rows.ts'

const closed = tableOf([1, 2, 3, 4].map((index) => [index, { ttft_ms: 1, tpot_ms: index === 4 ? Number.NaN : 0.1 }]))
const replayed = tableOf([
  [1, { ttft_ms: 1.1, tpot_ms: 0.1 }],
  [2, { ttft_ms: 0.7, tpot_ms: 0.1 }],
  [3, { ttft_ms: 1.02, tpot_ms: 0.12 }],
  [4, { ttft_ms: 0.99, tpot_ms: 0.1 }],
])

describe('gaps between replay and closed form', () => {
  it('are told by their median, with and without sign, and by the largest with its plan', () => {
    const [ttft, tpot] = gapsOf({ closed, replayed }, ['ttft_ms', 'tpot_ms', 'e2e_ms'])
    expect(ttft).toMatchObject({ column: 'ttft_ms', plans: 4, index: 2 })
    expect([ttft!.median, ttft!.medianSize, ttft!.p90Size, ttft!.most].map((x) => Number(x.toFixed(6)))).toEqual([-0.01, 0.02, 0.3, -0.3])
    expect(tpot).toMatchObject({ column: 'tpot_ms', plans: 3, median: 0, index: 3 })
  })

  it('are left out of a column in which no plan has both values', () => {
    expect(gapsOf({ closed, replayed }, ['e2e_ms'])).toEqual([])
  })
})
