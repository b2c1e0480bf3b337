import { describe, expect, it } from 'vitest'
import { limitsOf } from '../../optimizer/limit.ts'
import type { Outcome } from '../../optimizer/outcome.ts'
import { choose, limitsText } from '../../optimizer/recommend.ts'
import { tableOf } from './rows.ts'

const limits = limitsOf({ ttft: 2, tpot: 0.03 }, {})

function outcomeOf(front: Outcome['front']): Outcome {
  const none = { nearest: null, nearestFit: null, counts: [], kept: { kind: 'all', tables: [] } } as const
  return { partial: false, total: 9000, decided: 9000, evaluated: 5000, meeting: 1234, front, near: front, ...none }
}

const front = tableOf([
  [3, { ttft_ms: 0.4, tpot_ms: 0.008, out_tok_s_per_gpu: 150 }],
  [7, { ttft_ms: 0.9, tpot_ms: 0.015, out_tok_s_per_gpu: 900 }],
  [9, { ttft_ms: 1.8, tpot_ms: 0.0295, out_tok_s_per_gpu: 2345.678 }],
])

describe('recommended plans', () => {
  it('are the best of the front in each objective, yield before latency, with the numbers that say why', () => {
    const chosen = choose(['tpot_ms', 'out_tok_s_per_gpu'], limits, outcomeOf(front))
    expect(chosen.map(({ goal, index, why }) => ({ goal, index, why }))).toEqual([
      {
        goal: 'highest out_tok_s_per_gpu',
        index: 9,
        why: 'highest out_tok_s_per_gpu (2346 tokens/s) of the 1,234 plans that meet TTFT <= 2 s and TPOT <= 30 ms; tpot_ms 29.5 ms, ttft_ms 1800 ms',
      },
      {
        goal: 'lowest tpot_ms',
        index: 3,
        why: 'lowest tpot_ms (8 ms) of the 1,234 plans that meet TTFT <= 2 s and TPOT <= 30 ms; out_tok_s_per_gpu 150 tokens/s, ttft_ms 400 ms',
      },
    ])
  })

  it('of equally good ones are best in the other objectives, then first', () => {
    const tied = tableOf([
      [1, { tpot_ms: 0.01, out_tok_s_per_gpu: 5, usd_per_h: 3 }],
      [2, { tpot_ms: 0.01, out_tok_s_per_gpu: 6, usd_per_h: 4 }],
      [5, { tpot_ms: 0.01, out_tok_s_per_gpu: 6, usd_per_h: 4 }],
    ])
    const chosen = choose(['tpot_ms', 'out_tok_s_per_gpu', 'usd_per_h'], [], outcomeOf(tied))
    expect(chosen.map(({ goal, index }) => [goal, index])).toEqual([
      ['highest out_tok_s_per_gpu and lowest tpot_ms', 2],
      ['lowest usd_per_h', 1],
    ])
    expect(chosen[0]!.why).toBe(
      'highest out_tok_s_per_gpu (6 tokens/s) and lowest tpot_ms (10 ms) of the 1,234 plans with times; usd_per_h 4 $/h, ttft_ms unknown',
    )
  })

  it('are none where the front is empty', () => {
    expect(choose(['tpot_ms', 'out_tok_s_per_gpu'], limits, outcomeOf(tableOf([])))).toEqual([])
  })
})

describe('limits in words', () => {
  it('are a list', () => {
    const labels = ['a', 'b', 'c'].map((label) => ({ ...limits[0]!, label }))
    expect([0, 1, 2, 3].map((n) => limitsText(labels.slice(0, n)))).toEqual(['', 'a', 'a and b', 'a, b and c'])
  })
})
