import { describe, expect, it } from 'vitest'
import { rebalanceExperts } from '../../cost-model/eplb.ts'
import { expertUse } from '../../cost-model/expert-use.ts'
import { distinctExperts } from '../../cost-model/experts.ts'
import { choiceChances, countWeights, distinctTable, fullestOfOrder, orders, rankWeights } from '../../cost-model/popularity.ts'
import { golden } from './golden.ts'
import { calibration } from './layouts.ts'

const routing = (exponent: number, staleness = 0) => ({ ...calibration.routing, exponent, staleness })
const deepseek = { experts: 256, topK: 8, redundant: 0, ranks: 64, nodes: 8 }
const off = (value: number, expected: number) => Math.abs(value / expected - 1)

describe('experts of unequal popularity', () => {
  const rows = golden('moe_eplb')

  it('load the fullest rank as the golden table has it: placed at random within 5 %, balanced with copies within 2 %', () => {
    expect(rows.length).toBe(25)
    for (const row of rows) {
      const skewed = routing(row.number('alpha'))
      const at = { ...deepseek, ranks: row.number('R'), nodes: 1 }
      // Without skew the table shows what its own sampling leaves; ours is exact there.
      if (row.number('alpha') > 0) expect(off(expertUse(skewed, at).skew, row.number('none_random')), row.text).toBeLessThan(0.05)
      const balanced = expertUse(skewed, { ...at, redundant: row.number('redundant') }).skew
      expect(off(balanced, row.number('eplb')), row.text).toBeLessThan(0.02)
    }
  })

  it('load it as the table has it where they are packed without copies, within 4 %', () => {
    for (const row of rows) {
      const chances = choiceChances(8, rankWeights(256, row.number('alpha')))
      const ranks = row.number('R')
      const placed = rebalanceExperts(chances, { slots: 256, groups: 1, nodes: 1, gpus: ranks })
      const packed = fullestOfOrder(
        placed.map((e) => chances[e]!),
        ranks,
      )
      expect(off(packed, row.number('packed')), row.text).toBeLessThan(0.04)
    }
  })

  it('are read less: the distinct ones of 64 and 256 tokens are those of the table within 1 %', () => {
    for (const row of rows) {
      const { distinct } = expertUse(routing(row.number('alpha')), deepseek)
      expect(off(distinct(64), row.number('distinct_B64')), row.text).toBeLessThan(0.01)
      expect(off(distinct(256), row.number('distinct_B256')), row.text).toBeLessThan(0.01)
    }
  })

  it('are each chosen with a chance below one, and topK of them in all; equally where the exponent is 0', () => {
    for (const [experts, topK] of [
      [8, 2],
      [256, 8],
      [512, 10],
      [16, 16],
    ] as const)
      for (const exponent of [0, 0.3, 1.01, 4]) {
        const chances = choiceChances(topK, rankWeights(experts, exponent))
        expect(chances.reduce((a, b) => a + b)).toBeCloseTo(topK, 9)
        expect(chances).toEqual(chances.toSorted((a, b) => b - a))
        expect(chances[0]).toBeLessThanOrEqual(1)
      }
    expect(expertUse(routing(0), deepseek).skew).toBeCloseTo(1, 12)
    expect(expertUse(routing(0), deepseek).distinct(64) / distinctExperts(256, 8, 64)).toBeCloseTo(1, 3)
  })

  it('may have token counts of a power law: its quantiles between 1 and 0.8 of the experts, the median expert where the density says', () => {
    const weights = countWeights(1001, 1.2)
    expect(weights).toEqual(weights.toSorted((a, b) => b - a))
    expect(weights.at(-1)!).toBeGreaterThan(1)
    expect(weights[0]!).toBeLessThan(0.8 * 1001)
    // The distribution function of x^-1.2 on [1, b] is (1 - x^-0.2) / (1 - b^-0.2).
    expect(weights[500]! ** -0.2).toBeCloseTo((1 + 800.8 ** -0.2) / 2, 9)
    const [mild, steep] = [1.01, 1.2].map((tokenCounts) => expertUse({ ...routing(0), tokenCounts }, deepseek))
    expect(mild!.skew).toBeGreaterThan(2)
    expect(steep!.distinct(64)).toBeLessThan(distinctExperts(256, 8, 64))
  })

  it('read by so many tokens come from a table within 0.5 % of the sum, that never falls', () => {
    for (const exponent of [0, 0.6, 1.2, 2.5])
      for (const [experts, topK] of [
        [8, 2],
        [256, 8],
        [384, 8],
      ] as const) {
        const chances = choiceChances(topK, rankWeights(experts, exponent))
        const distinct = distinctTable(chances)
        let before = 0
        for (let tokens = 1; tokens < 1e6; tokens *= 1.171) {
          const sum = chances.reduce((read, p) => read + 1 - (1 - p) ** tokens, 0)
          expect(off(distinct(tokens), sum)).toBeLessThan(0.005)
          expect(distinct(tokens)).toBeGreaterThanOrEqual(before)
          before = distinct(tokens)
        }
        expect(distinct(0)).toBe(0)
        expect(distinct(0.5)).toBeCloseTo(topK / 2, 6)
      }
  })
})

describe('the load of the fullest rank', () => {
  it('grows with popularity and with ranks that halve those before', () => {
    const skews = [1, 2, 4, 8, 16, 32, 64, 128].map((ranks) => expertUse(routing(0.6), { ...deepseek, ranks }).skew)
    expect(skews[0]).toBe(1)
    expect(skews).toEqual(skews.toSorted((a, b) => a - b))
    const steeper = [0, 0.2, 0.3, 0.6, 1.01].map((exponent) => expertUse(routing(exponent), deepseek).skew)
    expect(steeper).toEqual(steeper.toSorted((a, b) => a - b))
  })

  it('is between that of fresh copies and that of none, in proportion to their staleness', () => {
    const at = (staleness: number) => expertUse(routing(0.6, staleness), { ...deepseek, redundant: 64 }).skew
    const plain = expertUse(routing(0.6, 0.5), deepseek).skew
    expect(plain).toBe(expertUse(routing(0.6), deepseek).skew)
    expect(at(1)).toBeCloseTo(plain, 9)
    expect(at(0.25)).toBeCloseTo(at(0) + 0.25 * (plain - at(0)), 9)
  })

  it('is higher where EPLB must keep groups on their nodes', () => {
    const groups = { count: 8, limit: 4 }
    const at = (nodes: number) => expertUse(routing(1.01), { ...deepseek, ranks: 32, redundant: 32, nodes, groups }).skew
    expect(at(4)).toBeGreaterThan(at(3))
  })

  it('averages over orders that hold every expert once and never change', () => {
    for (const order of orders(64, 5)) expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i))
    expect(orders(64, 5)).toEqual(orders(64, 5))
  })
})
