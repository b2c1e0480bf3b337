import { describe, expect, it } from 'vitest'
import { errorsOf } from '../../../../optimizer/validate/serving/errors.ts'
import { heldOutMetrics, heldOutTable, logTable } from '../../../../optimizer/validate/serving/held-out.ts'
import { orderMetrics } from '../../../../optimizer/validate/serving/order.ts'
import { pickMetrics } from '../../../../optimizer/validate/serving/picks.ts'
import { good, said } from './rows.ts'

describe('scores of measured points', () => {
  it('count a point that nothing is said of as 100 %, but not in the bias; quality C never', () => {
    const points = [
      said(good, [10, 100], [12, 100]),
      said(good, [10, 100], [9, 100]),
      said(good, [10, 100], undefined),
      said(good.replace(',A,', ',C,'), [10, 100], [1000, 100]),
    ]
    const errors = errorsOf(points, 'tpot_ms')!
    expect(errors).toMatchObject({ n: 3, median: expect.closeTo(0.2, 9), bias: expect.closeTo(0.05, 9), within: 2 / 3 })
    expect(errors.mape).toBeCloseTo(1.3 / 3, 9)
    expect(errors.meanLog).toBeCloseTo((Math.log(1.2) + Math.log(0.9)) / 2, 9)
  })

  it('score TTFT on quality A alone', () => {
    const points = [said(good, [10, 100], [12, 100]), said(good.replace(',A,', ',B,'), [10, 100], [12, 100])]
    expect([errorsOf(points, 'ttft_ms')!.n, errorsOf(points, 'tpot_ms')!.n]).toEqual([1, 2])
    expect(errorsOf([], 'tpot_ms')).toBeUndefined()
  })

  it('compare layouts on as many GPUs with as many requests, each pair once', () => {
    const tp2 = good.replace(',4,4,', ',4,2,')
    const points = [said(good, [10, 100], [10, 90]), said(tp2, [10, 120], [10, 95]), said(tp2, [10, 80], [10, 95])]
    // The first is slower than the second, as said; faster than the third, which is not. The last two are one layout.
    expect(orderMetrics(points)).toEqual([{ group: 'all', metric: 'order_accuracy', value: 0.5, n: 2 }])
    expect(orderMetrics([points[0]!, said(good.replace(',16,', ',32,'), [10, 120], [10, 95])])).toEqual([])
  })

  it('pick what is predicted to be best under the SLO, and deliver what was measured of the best there is', () => {
    const [small, large] = [good, good.replace(',16,', ',64,')]
    const under = (slo: number, metrics: ReturnType<typeof pickMetrics>) =>
      metrics.filter(({ group }) => group === `tpot ${slo} ms`).map(({ value }) => value)
    // Both meet 20 ms as measured; the larger batch is thought to miss it.
    const wary = pickMetrics([said(small, [12, 100], [12, 100]), said(large, [18, 400], [22, 400])])
    expect(under(20, wary)).toEqual([0.25, 0])
    // Only the smaller meets it; the larger is thought to.
    const bold = pickMetrics([said(small, [12, 100], [12, 100]), said(large, [25, 400], [19, 400])])
    expect(under(20, bold)).toEqual([0, 1])
    expect(under(30, bold)).toEqual([1, 0])
    // Nobody meets 10 ms, and nothing is said of what meets 50.
    expect(under(10, bold)).toEqual([])
    expect(under(50, pickMetrics([said(small, [12, 100], undefined)]))).toEqual([0])
  })
})

describe('errors beside those in sample', () => {
  const errors = { n: 40, mape: 0.11, median: 0.09, meanLog: -0.02, medianLog: -0.01 }

  it('are those of what the fit of engine constants held out', () => {
    const held = [{ heldOut: 'model', order: 0.8, tpot_ms: errors }]
    expect(heldOutTable(held).rows).toEqual([['model', 40, 11, 9, -2, -1, null, null, null, null, null, null, null, null, 80]])
    expect(heldOutMetrics(held)).toEqual([
      { group: 'held out model', metric: 'tpot_ms_mape', value: 0.11, n: 40 },
      { group: 'held out model', metric: 'tpot_ms_median_ape', value: 0.09, n: 40 },
    ])
  })

  it('show in logarithms whether too little is said, points with speculation apart', () => {
    const drafted = said(good, [10, 100], undefined)
    const { rows } = logTable([said(good, [10, 100], [5, 100]), said(good, [10, 100], [20, 100])], [drafted])
    expect(rows[0]!.slice(0, 4)).toEqual(['all', 2, 0, 0])
    expect(rows.at(-1)!.slice(0, 3)).toEqual(['with speculation', 1, null])
  })
})
