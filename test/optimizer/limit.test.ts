import { describe, expect, it } from 'vitest'
import { boundedValue, firstMiss, limitsOf, missReason, violation, worstViolation } from '../../optimizer/limit.ts'
import { rowOf } from './rows.ts'

const limits = limitsOf({ ttft: 2, tpot: 0.03 }, { usd_per_h: { max: 200 }, out_tok_s_per_gpu: { min: 100 } })

describe('limits of a study', () => {
  it('are its SLOs, then bounds on columns in the order of the column table, in SI units', () => {
    expect(limits.map(({ code, bound, value, label }) => ({ code, bound, value, label }))).toEqual([
      { code: 'slo-ttft', bound: 'max', value: 2, label: 'TTFT <= 2 s' },
      { code: 'slo-tpot', bound: 'max', value: 0.03, label: 'TPOT <= 30 ms' },
      { code: 'limit-out-tok-s-per-gpu', bound: 'min', value: 100, label: 'out_tok_s_per_gpu >= 100 tokens/s' },
      { code: 'limit-usd-per-h', bound: 'max', value: 200, label: 'usd_per_h <= 200 $/h' },
    ])
  })

  it('turn a printed bound into SI: GiB into bytes', () => {
    expect(limitsOf({}, { memory_gib: { max: 70 } })[0]!.value).toBe(70 * 2 ** 30)
  })

  it('are met by a value on the limit, and missed beyond it or without a value', () => {
    const row = (values: object) => rowOf({ ttft_ms: 2, tpot_ms: 0.03, usd_per_h: 200, out_tok_s_per_gpu: 100, ...values })
    expect(firstMiss(limits, row({}), 0)).toBeUndefined()
    expect(firstMiss(limits, row({ tpot_ms: 0.0301, usd_per_h: 201 }), 0)?.code).toBe('slo-tpot')
    expect(firstMiss(limits, row({ out_tok_s_per_gpu: 99 }), 0)?.code).toBe('limit-out-tok-s-per-gpu')
    expect(firstMiss(limits, row({ usd_per_h: Number.NaN }), 0)?.code).toBe('limit-usd-per-h')
  })

  it('are violated by a share of the limit, the worst of which counts', () => {
    expect(violation(limits[0]!, 3)).toBe(0.5)
    expect(violation(limits[2]!, 75)).toBe(0.25)
    expect(violation(limits[0]!, 1)).toBe(0)
    expect(violation(limits[0]!, Number.NaN)).toBe(Infinity)
    expect(worstViolation(limits, rowOf({ ttft_ms: 3, tpot_ms: 0.03, usd_per_h: 100, out_tok_s_per_gpu: 75 }), 0)).toBe(0.5)
  })

  it('of a robust study hold at the pessimistic end of the band, percentiles as far beyond as means', () => {
    const row = rowOf({ ttft_ms: 1.5, ttft_ms_hi80: 3, ttft_ms_p99: 1.8, tpot_ms: 0.02, tpot_ms_hi80: 0.016 })
    const [mean, tpot] = limitsOf({ ttft: 2, tpot: 0.02 }, {}, { robust: true })
    const [percentile] = limitsOf({ ttft: 3, percentile: 99 }, {}, { robust: true })
    expect(violation(mean!, boundedValue(mean!, row))).toBe(0.5)
    expect(boundedValue(percentile!, row)).toBeCloseTo(3.6, 12)
    // A band below its prediction makes nobody bolder.
    expect(boundedValue(tpot!, row)).toBe(0.02)
    expect(firstMiss([mean!], row, 0)?.label).toBe('TTFT <= 2 s at the pessimistic end of its 80 % band')
  })

  it('say by how much a plan misses them', () => {
    expect(missReason(limits[1]!, 0.036)).toEqual({
      code: 'slo-tpot',
      message: 'tpot_ms 36 ms misses TPOT <= 30 ms by 20 %',
      numbers: { tpot_ms: 36, limit: 30, beyondPercent: 20 },
    })
    expect(missReason(limits[3]!, Number.NaN).message).toBe('usd_per_h has no value, so usd_per_h <= 200 $/h cannot be shown to hold')
  })

  it('of a class bind where it uses most of its SLO, and say what it saw', () => {
    const length = { kind: 'fixed' as const, tokens: 100 }
    const of = { isl: length, osl: length, share: 1, prefixHit: 0 }
    const classes = [
      { ...of, name: 'chat', slo: { ttft: 0.2 } },
      { ...of, name: 'rag', slo: { tpot: 0.03, percentile: 99 } },
    ]
    const both = limitsOf({ percentile: 90 }, {}, { classes })
    expect(both.map(({ code, label }) => [code, label])).toEqual([
      ['slo-chat-ttft', 'p90 TTFT of chat <= 200 ms'],
      ['slo-rag-tpot', 'p99 TPOT of rag <= 30 ms'],
    ])
    const row = rowOf({ class_slo_use: 1.5, class_slo_worst: 5 })
    expect(firstMiss(both, row, 0)?.code).toBe('slo-rag-tpot')
    expect(worstViolation(both, row, 0)).toBe(0.5)
    expect(firstMiss(both, rowOf({ class_slo_use: 1, class_slo_worst: 5 }), 0)).toBeUndefined()
    expect(missReason(both[1]!, 1.5)).toEqual({
      code: 'slo-rag-tpot',
      message: 'TPOT of class rag is 45 ms and misses p99 TPOT of rag <= 30 ms by 50 %',
      numbers: { class: 'rag', tpot_ms: 45, limit: 30, beyondPercent: 50 },
    })
  })
})
