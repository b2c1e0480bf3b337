import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copiesOf, rebalanceExperts } from '../../cost-model/eplb.ts'

describe('the expert load balancer', () => {
  it('places the example of its README as printed there', () => {
    // github.com/deepseek-ai/EPLB README (2025-02): two layers of 12 experts, 16 replicas, 4 groups, 2 nodes, 8 GPUs.
    const layers = [
      [90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86],
      [20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27],
    ]
    expect(layers.map((loads) => rebalanceExperts(loads, { slots: 16, groups: 4, nodes: 2, gpus: 8 }))).toEqual([
      [5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1],
      [7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1],
    ])
  })

  it('ignores groups that do not divide over the nodes', () => {
    const loads = Array.from({ length: 24 }, (_, i) => 1 / (i + 1))
    const global = rebalanceExperts(loads, { slots: 36, groups: 1, nodes: 1, gpus: 12 })
    expect(rebalanceExperts(loads, { slots: 36, groups: 8, nodes: 3, gpus: 12 })).toEqual(global)
    expect(rebalanceExperts(loads, { slots: 36, groups: 6, nodes: 3, gpus: 12 })).not.toEqual(global)
  })

  it.each([
    [{ slots: 15, groups: 4, nodes: 2, gpus: 8 }, '15 slots do not divide over 8 gpus'],
    [{ slots: 16, groups: 5, nodes: 5, gpus: 8 }, '12 experts do not divide over 5 groups'],
    [{ slots: 16, groups: 4, nodes: 3, gpus: 8 }, '8 gpus do not divide over 3 nodes'],
  ])('names the constraint that %o breaks', (slots, message) => {
    expect(() =>
      rebalanceExperts(
        Array.from({ length: 12 }, () => 1),
        slots,
      ),
    ).toThrow(message)
  })

  it('keeps every expert, fills every slot, holds groups on one node, and never makes the busiest copy busier', () => {
    const input = fc.record({
      loads: fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 32, maxLength: 32 }),
      perGpu: fc.integer({ min: 2, max: 4 }),
      groups: fc.constantFrom(1, 4, 8),
      nodes: fc.constantFrom(1, 2, 4),
    })
    fc.assert(
      fc.property(input, ({ loads, perGpu, groups, nodes }) => {
        const gpus = 16
        const placed = rebalanceExperts(loads, { slots: perGpu * gpus, groups, nodes, gpus })
        const copies = copiesOf(placed, 32)
        expect(placed).toHaveLength(perGpu * gpus)
        expect(Math.min(...copies)).toBeGreaterThanOrEqual(1)
        expect(Math.max(...loads.map((load, e) => load / copies[e]!))).toBeLessThanOrEqual(Math.max(...loads))
        if (groups % nodes !== 0) return
        const nodeOf = new Map<number, number>()
        for (const [slot, e] of placed.entries()) {
          const node = Math.floor((slot * nodes) / placed.length)
          const group = Math.floor((e * groups) / 32)
          if (nodes > 1) expect(nodeOf.get(group) ?? node).toBe(node)
          nodeOf.set(group, node)
        }
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})
