import type { RankOrder } from './engine.ts'
import type { LinkLevel, Pool } from './fleet.ts'
import { type Layout, replicaGpus, stageGpus } from './plan.ts'

/** Parallel groups of a replica; `stage` is all GPUs of one pipeline stage. */
export type GroupAxis = 'pp' | 'stage' | 'attentionDp' | 'sp' | 'tp' | 'dcp' | 'ffnDp' | 'ffnTp' | 'moeDp' | 'ep' | 'moeTp'

interface GroupLevel {
  readonly link: LinkLevel
  /** Members, itself included, in the worst-placed member's domain of this level. */
  readonly inside: number
  /** Members it first reaches over this link: `inside` less that of the level below. Over all levels they sum to size - 1. */
  readonly peers: number
  /** Domains of this level that the group touches. */
  readonly domains: number
}

/** How one parallel group lies on the links. Of the many groups of an axis (one per stage, replica, ...) it is the worst placed. */
export interface Group {
  readonly axis: GroupAxis
  readonly size: number
  /** Numbers within a stage between neighbours. */
  readonly stride: number
  /** Positions in the pool, ascending. */
  readonly ranks: readonly number[]
  /** One per link level of the pool, innermost first, seen from the member with the fewest others near it. */
  readonly levels: readonly GroupLevel[]
  /** The outermost link the group uses, and so the slowest hop of a ring through it; the innermost for a group of one. */
  readonly link: LinkLevel
}

/**
 * Where the ranks of a group sit. Rank order, last fastest: replicas, pp, then inside a stage attention (attentionDp, sp, tp), dense
 * FFN (ffnDp, ffnTp) and experts (moeDp, ep, moeTp); dcp cuts tp into runs of neighbours. Replica r starts at rank r x its size. An engine
 * whose attention-DP ranks are processes of their own turns pp inside attentionDp: a stage is then not a run of neighbours.
 */
export function placeGroup(layout: Layout, pool: Pool, axis: GroupAxis, order: RankOrder = 'pp-outside'): Group {
  const { size, stride } = extent(layout, axis)
  let worst: Omit<Group, 'axis' | 'size' | 'stride'> | undefined
  for (const start of starts(layout, pool, { size, stride })) {
    const ranks = Array.from({ length: size }, (_, i) => position(layout, order, start + i * stride))
    const placed = place(ranks, pool.links)
    if (worst === undefined || isWorse(placed.levels, worst.levels)) worst = { ranks, ...placed }
  }
  return { axis, size, stride, ...worst! }
}

/** The ranks of a stage are not neighbours: other stages' lie between those of its attention-DP ranks. */
export function isStageSplit({ pp, attentionDp }: Pick<Layout, 'pp' | 'attentionDp'>, order: RankOrder = 'pp-outside'): boolean {
  return order !== 'pp-outside' && pp > 1 && attentionDp > 1
}

/** Position in the pool of a rank that is numbered with pp outside. */
function position(layout: Layout, order: RankOrder, rank: number): number {
  const { pp, sp, tp } = layout
  if (!isStageSplit(layout, order)) return rank
  const [all, one] = [replicaGpus(layout), sp * tp]
  const inReplica = rank % all
  const stage = Math.floor(inReplica / stageGpus(layout))
  const inStage = inReplica % stageGpus(layout)
  return rank - inReplica + (Math.floor(inStage / one) * pp + stage) * one + (inStage % one)
}

/** Link of each hop from a pipeline stage to the next, length pp - 1: for every hop the slowest over ranks and replicas. */
export function stageLinks(layout: Layout, pool: Pool, order: RankOrder = 'pp-outside'): readonly LinkLevel[] {
  const stage = stageGpus(layout)
  const first = distinctReplicaStarts(layout, pool)
  return Array.from({ length: layout.pp - 1 }, (_, hop) => {
    const ranks = first.flatMap((start) => Array.from({ length: stage }, (_, i) => start + hop * stage + i))
    const at = (rank: number) => position(layout, order, rank)
    return pool.links[Math.max(...ranks.map((rank) => levelBetween(pool.links, at(rank), at(rank + stage))))]!
  })
}

function extent(layout: Layout, axis: GroupAxis): { readonly size: number; readonly stride: number } {
  const { pp, attentionDp, sp, tp, dcp, ffnDp, ffnTp, ep, moeTp, moeDp } = layout
  switch (axis) {
    case 'pp':
      return { size: pp, stride: stageGpus(layout) }
    case 'stage':
      return { size: stageGpus(layout), stride: 1 }
    case 'attentionDp':
      return { size: attentionDp, stride: sp * tp }
    case 'sp':
      return { size: sp, stride: tp }
    case 'tp':
      return { size: tp, stride: 1 }
    case 'dcp':
      return { size: dcp, stride: 1 }
    case 'ffnDp':
      return { size: ffnDp, stride: ffnTp }
    case 'ffnTp':
      return { size: ffnTp, stride: 1 }
    case 'moeDp':
      return { size: moeDp, stride: ep * moeTp }
    case 'ep':
      return { size: ep, stride: moeTp }
    case 'moeTp':
      return { size: moeTp, stride: 1 }
  }
}

/** First rank of every group of an axis, for replicas that are placed differently. */
function* starts(layout: Layout, pool: Pool, { size, stride }: { readonly size: number; readonly stride: number }): Generator<number> {
  const gpus = replicaGpus(layout)
  for (const replica of distinctReplicaStarts(layout, pool)) {
    for (let block = 0; block < gpus; block += size * stride) {
      for (let i = 0; i < stride; i++) yield replica + block + i
    }
  }
}

/** Replicas repeat their placement once the domains of every level line up again. */
function distinctReplicaStarts(layout: Layout, pool: Pool): readonly number[] {
  const gpus = replicaGpus(layout)
  const period = pool.links.filter((l) => l.span < pool.gpus).reduce((n, l) => leastCommonMultiple(n, l.span), 1)
  const count = Math.min(layout.replicas, leastCommonMultiple(gpus, period) / gpus)
  return Array.from({ length: count }, (_, r) => r * gpus)
}

/** The view of the member that reaches most of the group over the outermost links. */
function place(ranks: readonly number[], links: readonly LinkLevel[]): Pick<Group, 'levels' | 'link'> {
  const counts = links.map((link) => domainCounts(ranks, link.span))
  const views = ranks.map((rank) => {
    let below = 1
    return links.map((link, i): GroupLevel => {
      const inside = counts[i]!.get(Math.floor(rank / link.span))!
      const level = { link, inside, peers: inside - below, domains: counts[i]!.size }
      below = inside
      return level
    })
  })
  const levels = views.reduce((worst, view) => (isWorse(view, worst) ? view : worst))
  return { levels, link: (levels.findLast((level) => level.peers > 0) ?? levels[0]!).link }
}

function domainCounts(ranks: readonly number[], span: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const rank of ranks) {
    const domain = Math.floor(rank / span)
    counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  return counts
}

/** More peers over the outermost link; where equal, over the next one in. */
function isWorse(a: readonly GroupLevel[], b: readonly GroupLevel[]): boolean {
  const level = a.findLastIndex(({ peers }, i) => peers !== b[i]!.peers)
  return level >= 0 && a[level]!.peers > b[level]!.peers
}

function levelBetween(links: readonly LinkLevel[], a: number, b: number): number {
  return links.findIndex(({ span }) => Math.floor(a / span) === Math.floor(b / span))
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y > 0) [x, y] = [y, x % y]
  return (a / x) * b
}
