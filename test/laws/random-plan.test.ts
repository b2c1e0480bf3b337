import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attentionKinds } from '../../spaces/attention/index.ts'
import { firstBrokenRule } from '../../spaces/rules/index.ts'
import { type Drawn, randomPlan } from './random-plan.ts'

const drawn = {
  serving: fc.sample(randomPlan('serving'), { seed: 1, numRuns: 400 }),
  prefill: fc.sample(randomPlan('prefill'), { seed: 2, numRuns: 400 }),
}
const all = [...drawn.serving, ...drawn.prefill]

/** How many of the drawn plans have each value of something. */
function spread(of: (d: Drawn) => unknown): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const d of all) counts.set(of(d), (counts.get(of(d)) ?? 0) + 1)
  return counts
}

describe('random plans', () => {
  it('break no rule', () => {
    for (const d of drawn.serving) expect(firstBrokenRule({ ...d.scenario, ...d })).toBeNull()
  })

  it('vary in every width, each value of which is common', () => {
    const widths = ['replicas', 'pp', 'attentionDp', 'tp', 'ffnTp', 'ep', 'moeTp', 'moeDp', 'sp', 'dcp', 'redundantExperts'] as const
    for (const name of widths) expect(spread((d) => d.layout[name] === 1 || d.layout[name] === 0).get(false), name).toBeGreaterThan(60)
    const combined = all.filter(({ layout: { tp, pp, ep, attentionDp } }) => tp > 1 && pp > 1 && (ep > 1 || attentionDp > 1))
    expect(combined.length).toBeGreaterThan(80)
  })

  it('are of every kind of mixer, feed-forward part, sequence parallelism, engine and link', () => {
    const mixers = new Set(all.flatMap((d) => d.model.layerGroups.map((g) => g.attn.kind)))
    expect([...mixers].sort()).toEqual(Object.keys(attentionKinds).sort())
    expect(new Set(all.flatMap((d) => d.model.layerGroups.map((g) => g.ffn.kind))).size).toBe(3)
    for (const kind of ['ring', 'all-to-all', 'all-gather']) expect(spread((d) => d.layout.spKind).get(kind), kind).toBeGreaterThan(10)
    expect(spread((d) => d.scenario.engine.id).size).toBe(4)
    const topologies = new Set(all.flatMap((d) => d.pool.links.map((link) => link.topology)))
    expect([...topologies].sort()).toEqual(['bridge', 'mesh', 'network', 'pcie', 'switch', 'torus'])
  })
})
