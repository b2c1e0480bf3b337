import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factorise } from '../../spaces/factorise.ts'
import { makePool, type Pool } from '../../spaces/fleet.ts'
import { type Group, type GroupAxis, placeGroup, stageLinks } from '../../spaces/placement.ts'
import { type Layout, replicaGpus } from '../../spaces/plan.ts'
import { completeLayout } from '../../spaces/plan-key.ts'
import { catalog, h100s } from './inputs.ts'

const nvl72 = makePool({ node: 'gb300-nvl72', gpus: 144 }, catalog)
const pcie = makePool({ node: 'rtx-4090-8', gpus: 16, scaleOutBandwidth: 12.5e9 }, catalog)

const one = {
  replicas: 1,
  pp: 1,
  attentionDp: 1,
  sp: 1,
  spKind: undefined,
  tp: 1,
  dcp: 1,
  ep: 1,
  moeTp: 1,
  moeDp: 1,
  redundantExperts: 0,
} as const

function layout(widths: Partial<Layout>): Layout {
  return completeLayout({ ...one, ...widths })
}

/** [link kind, members inside, peers, domains] of each level. */
function summary(group: Group) {
  return group.levels.map(({ link, inside, peers, domains }) => [link.kind, inside, peers, domains])
}

describe('placeGroup on 8 nodes of 8 H100', () => {
  it('keeps TP 8 inside a node', () => {
    const tp = placeGroup(layout({ replicas: 8, tp: 8 }), h100s(), 'tp')
    expect(tp).toMatchObject({ size: 8, stride: 1, ranks: [0, 1, 2, 3, 4, 5, 6, 7], link: { kind: 'scale-up' } })
    expect(summary(tp)).toEqual([
      ['scale-up', 8, 7, 1],
      ['scale-out', 8, 0, 1],
    ])
  })

  it('spreads TP 16 over two nodes: 7 peers by NVLink, 8 by the network', () => {
    const tp = placeGroup(layout({ replicas: 4, tp: 16 }), h100s(), 'tp')
    expect(tp.link.kind).toBe('scale-out')
    expect(summary(tp)).toEqual([
      ['scale-up', 8, 7, 2],
      ['scale-out', 16, 8, 1],
    ])
  })

  it('orders ranks by pp, attentionDp, sp, tp: the slower a width turns, the farther its ranks are apart', () => {
    const plan = layout({ pp: 4, attentionDp: 4, sp: 2, spKind: 'ring', tp: 2, dcp: 2, ep: 8, moeTp: 2 })
    const ranks = (axis: GroupAxis) => placeGroup(plan, h100s(), axis).ranks
    expect(ranks('tp')).toEqual([0, 1])
    expect(ranks('dcp')).toEqual([0, 1])
    expect(ranks('sp')).toEqual([0, 2])
    expect(ranks('attentionDp')).toEqual([0, 4, 8, 12])
    expect(ranks('moeTp')).toEqual([0, 1])
    expect(ranks('ep')).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
    expect(ranks('pp')).toEqual([0, 16, 32, 48])
    const repeated = layout({ attentionDp: 32, tp: 2, ep: 4, moeTp: 2, moeDp: 8 })
    expect(placeGroup(repeated, h100s(), 'moeDp').ranks).toEqual([0, 8, 16, 24, 32, 40, 48, 56])
    expect(placeGroup(repeated, h100s(), 'ffnDp')).toMatchObject({ size: 32, stride: 2 })
    expect(ranks('stage')).toHaveLength(16)
  })

  it('reports EP 64 from any rank: 7 peers in its node, 56 elsewhere, 8 nodes', () => {
    const ep = placeGroup(layout({ attentionDp: 64, ep: 64 }), h100s(), 'ep')
    expect(summary(ep)).toEqual([
      ['scale-up', 8, 7, 8],
      ['scale-out', 64, 56, 1],
    ])
  })

  it('reports the worst member of a group that straddles nodes unevenly', () => {
    // Replica 1 has ranks 6 to 11: two of them in node 0, four in node 1. Rank 6 reaches one by NVLink, four by the network.
    const tp = placeGroup(layout({ replicas: 8, tp: 6 }), h100s(48), 'tp')
    expect(tp.ranks).toEqual([6, 7, 8, 9, 10, 11])
    expect(tp.link.kind).toBe('scale-out')
    expect(summary(tp)).toEqual([
      ['scale-up', 2, 1, 2],
      ['scale-out', 6, 4, 1],
    ])
  })

  it('gives a group of one no peers and the innermost link', () => {
    const tp = placeGroup(layout({ replicas: 64 }), h100s(), 'tp')
    expect(tp).toMatchObject({ size: 1, ranks: [0], link: { kind: 'scale-up' } })
    expect(tp.levels.every(({ peers }) => peers === 0)).toBe(true)
  })
})

describe('placeGroup on other fabrics', () => {
  it('keeps EP 72 inside one NVL72 rack, and EP 144 in two', () => {
    const ep = (n: number) => summary(placeGroup(layout({ replicas: 144 / n, attentionDp: n, ep: n }), nvl72, 'ep'))
    expect(ep(72)).toEqual([
      ['scale-up', 72, 71, 1],
      ['scale-out', 72, 0, 1],
    ])
    expect(ep(144)).toEqual([
      ['scale-up', 72, 71, 2],
      ['scale-out', 144, 72, 1],
    ])
  })

  it('sees PCIe as the innermost link of boxes without NVLink', () => {
    const tp = placeGroup(layout({ replicas: 1, tp: 16 }), pcie, 'tp')
    expect(summary(tp)).toEqual([
      ['pcie', 8, 7, 2],
      ['scale-out', 16, 8, 1],
    ])
  })

  it('keeps bridges apart from the PCIe around them', () => {
    const pairs = makePool({ gpu: 'h100-nvl', gpus: 8, gpusPerNode: 8 }, catalog)
    expect(summary(placeGroup(layout({ tp: 8 }), pairs, 'tp'))).toEqual([
      ['scale-up', 2, 1, 4],
      ['pcie', 8, 6, 1],
    ])
  })
})

describe('an engine whose attention-DP ranks turn slower than its stages', () => {
  const plan = layout({ replicas: 2, pp: 2, attentionDp: 4, tp: 4, ep: 16 })

  it('has the stages of a rank beside each other, and a stage spread over the replica', () => {
    expect(placeGroup(plan, h100s(), 'stage', 'attention-dp-outside').ranks).toEqual([
      0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27,
    ])
    expect(placeGroup(plan, h100s(), 'stage').ranks).toEqual(Array.from({ length: 16 }, (_, i) => i))
    expect(placeGroup(plan, h100s(), 'tp', 'attention-dp-outside').ranks).toEqual([0, 1, 2, 3])
    expect(placeGroup(plan, h100s(), 'pp', 'attention-dp-outside').ranks).toEqual([0, 4])
  })

  it('so sends between stages inside a node, and exchanges tokens of experts across twice the nodes', () => {
    expect(stageLinks(plan, h100s(), 'attention-dp-outside').map(({ kind }) => kind)).toEqual(['scale-up'])
    expect(stageLinks(plan, h100s()).map(({ kind }) => kind)).toEqual(['scale-out'])
    const nodes = (order?: 'attention-dp-outside') => placeGroup(plan, h100s(), 'ep', order).levels[0]!.domains
    expect([nodes('attention-dp-outside'), nodes()]).toEqual([4, 2])
  })
})

describe('stageLinks', () => {
  it('gives the slowest link of each hop: stages of four share a node two by two', () => {
    const kinds = (plan: Layout, pool: Pool) => stageLinks(plan, pool).map(({ kind }) => kind)
    expect(kinds(layout({ replicas: 4, pp: 4, tp: 4 }), h100s())).toEqual(['scale-up', 'scale-out', 'scale-up'])
    expect(kinds(layout({ replicas: 4, pp: 2, tp: 8 }), h100s())).toEqual(['scale-out'])
    expect(kinds(layout({ replicas: 8, tp: 8 }), h100s())).toEqual([])
    // Replicas of 12 start at ranks 0, 12, 24, ...: the first hop of the second one (12-15 to 16-19) leaves its node, that of the first does not.
    expect(kinds(layout({ replicas: 4, pp: 3, tp: 4 }), h100s(48))).toEqual(['scale-out', 'scale-out'])
  })
})

describe('every group of every layout', () => {
  const pools = [h100s(), h100s(48), nvl72, pcie]
  const axes: readonly GroupAxis[] = ['pp', 'stage', 'attentionDp', 'sp', 'tp', 'dcp', 'ffnDp', 'ffnTp', 'moeDp', 'ep', 'moeTp']
  const cases = fc.constantFrom(...pools).chain((pool) => {
    const splits = factorise(pool.gpus, ['all', 'all', 'all', 'all', 'all'])
    return fc.record({ pool: fc.constant(pool), split: fc.constantFrom(...splits), axis: fc.constantFrom(...axes), cut: fc.nat() })
  })

  it('has all its members, each reached once, and is the worst of its kind', () => {
    fc.assert(
      fc.property(cases, ({ pool, split, axis, cut }) => {
        const [replicas, pp, attentionDp, sp, tp] = split as [number, number, number, number, number]
        const stage = attentionDp * sp * tp
        const experts = factorise(stage, ['all', 'all', 'all'])
        const [ep, moeTp, moeDp] = experts[cut % experts.length] as [number, number, number]
        const plan = layout({ replicas, pp, attentionDp, sp, spKind: sp > 1 ? 'ring' : undefined, tp, dcp: tp, ep, moeTp, moeDp })
        const group = placeGroup(plan, pool, axis)
        expect(new Set(group.ranks).size).toBe(group.size)
        expect(group.ranks.every((rank, i) => rank < pool.gpus && rank === group.ranks[0]! + i * group.stride)).toBe(true)
        expect(group.levels.reduce((sum, { peers }) => sum + peers, 0)).toBe(group.size - 1)
        expect(group.levels.every(({ peers }) => peers >= 0)).toBe(true)
        expect(replicaGpus(plan) * replicas).toBe(pool.gpus)
        expect(group.levels.at(-1)!.peers).toBe(worstOutside(plan, pool, group))
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  /** By brute force over all replicas: most peers that any rank reaches over the outermost link. */
  function worstOutside(plan: Layout, pool: Pool, { size, stride }: Group): number {
    const inner = pool.links.at(-2)!.span
    let worst = 0
    for (let rank = 0; rank < pool.gpus; rank++) {
      const inReplica = rank % replicaGpus(plan)
      const first = rank - (Math.floor(inReplica / stride) % size) * stride
      const members = Array.from({ length: size }, (_, i) => first + i * stride)
      worst = Math.max(worst, members.filter((member) => Math.floor(member / inner) !== Math.floor(rank / inner)).length)
    }
    return worst
  }
})
