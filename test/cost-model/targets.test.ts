import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctTargets } from '../../cost-model/targets.ts'
import { golden } from './golden.ts'

const plain = { experts: 256, topK: 8 }
const grouped = { ...plain, groups: { count: 8, limit: 4 } }

describe('parts that a token is sent to', () => {
  const rows = golden('moe_dispatch_dedup')

  it('are those of the golden table for ranks, exact where no groups limit the choice', () => {
    expect(rows.length).toBe(8)
    for (const row of rows) expect(distinctTargets(plain, row.number('R')), row.text).toBeCloseTo(row.number('exact_uniform'), 3)
  })

  it('are within 1.2 % of a Monte Carlo of group-limited routing', () => {
    for (const row of rows) {
      const sampled = row.number('with_group_limit_MC(top4 of 8 groups)')
      expect(Math.abs(distinctTargets(grouped, row.number('R')) / sampled - 1), row.text).toBeLessThan(0.012)
    }
  })

  it('are within 0.5 % of a Monte Carlo of DeepSeek-V2, which goes to 3 of 8 groups by their best expert', () => {
    // 20,000 tokens of random logits, 160 experts, top 6: parts, expectation.
    const sampled: readonly (readonly [number, number])[] = [
      [2, 1.856],
      [4, 2.564],
      [8, 2.995],
      [16, 4.328],
      [32, 5.192],
    ]
    const v2 = { experts: 160, topK: 6, groups: { count: 8, limit: 3 } }
    for (const [parts, expected] of sampled) expect(Math.abs(distinctTargets(v2, parts) / expected - 1), `${parts}`).toBeLessThan(0.005)
  })

  it('are for nodes of 8 GPUs those of the golden table: group limits save a quarter of the copies between 8 nodes', () => {
    for (const row of rows) {
      const nodes = Math.ceil(row.number('R') / 8)
      expect(distinctTargets(plain, nodes), row.text).toBeCloseTo(row.number('nodes_uniform(8gpu)'), 3)
      const sampled = row.number('nodes_grouplimit_MC')
      expect(Math.abs(distinctTargets(grouped, nodes) / sampled - 1), row.text).toBeLessThan(0.012)
    }
    expect(distinctTargets(grouped, 8) / distinctTargets(plain, 8)).toBeCloseTo(0.75, 1)
  })

  it('keep groups together only where EPLB can: on nodes that divide the groups', () => {
    const copied = { ...grouped, redundant: 32 }
    const { groups: _, ...free } = copied
    expect(distinctTargets(copied, 72, 9)).toBe(distinctTargets(free, 72))
    expect(distinctTargets(copied, 32, 4)).toBeLessThan(distinctTargets(free, 32))
    expect(distinctTargets(copied, 4, 4)).toBeCloseTo(distinctTargets(grouped, 4), 12)
    // Inside a node they lie in no order: one rank has experts of any of its two groups.
    expect(distinctTargets(copied, 32, 4)).toBeGreaterThan(distinctTargets({ ...grouped, experts: 288 }, 4))
  })

  it('are one of one, never more than the experts chosen, the parts or what free choice gives, and never fewer on more parts', () => {
    const choice = fc.record({
      size: fc.integer({ min: 8, max: 64 }),
      topK: fc.integer({ min: 1, max: 8 }),
      limit: fc.integer({ min: 1, max: 7 }),
    })
    fc.assert(
      fc.property(choice, ({ size, topK, limit }) => {
        const experts = 8 * size
        const limited = { experts, topK, groups: { count: 8, limit } }
        expect(distinctTargets(limited, 1)).toBeCloseTo(1, 12)
        let fewer = 1
        for (const parts of [2, 4, 8, 8 * size]) {
          const targets = distinctTargets(limited, parts)
          expect(targets).toBeGreaterThanOrEqual(fewer - 1e-9)
          expect(targets).toBeLessThanOrEqual(Math.min(parts, topK) + 1e-9)
          expect(targets).toBeLessThanOrEqual(distinctTargets({ experts, topK }, parts) + 1e-9)
          fewer = targets
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})
