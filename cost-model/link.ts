import type { Pool } from '../spaces/fleet.ts'
import type { Group } from '../spaces/placement.ts'
import type { Calibration, CollectiveKind } from './calibration.ts'
import { type Pedigree, pedigrees } from './column.ts'
import { levelTime } from './link/level.ts'
import { type LinkPart, type LinkTime, nothing, shared } from './link/time.ts'

/** Links of a pool as calibration knows them, and the library that times its all-reduces. */
export interface Links {
  readonly calibration: Calibration
  readonly pool: Pool
  readonly library: string
}

/** What meets at one link level: so many parties, each of them a whole domain of the level below. */
interface Tier {
  readonly level: Group['levels'][number]['link']
  readonly size: number
}

/**
 * Time of a collective over a group, as a function of the bytes of the full tensor (all-reduce, all-gather, reduce-scatter) or of one
 * rank's buffer (all-to-all). Over several link levels: all-reduce = reduce-scatter inside, all-reduce of a rank's part across over
 * its own network card, all-gather inside; all-to-all runs inside and across at once.
 */
export function collectiveTime(links: Links, kind: CollectiveKind, group: Pick<Group, 'size' | 'levels'>): LinkTime {
  return overTiers(links, kind, tiersOf(group))
}

/** Levels at which members of the group meet, innermost first; the worst-placed member's view decides how many there are inside each. */
function tiersOf(group: Pick<Group, 'size' | 'levels'>): readonly Tier[] {
  let below = 1
  const tiers: Tier[] = []
  for (const { link, inside, peers } of group.levels) {
    if (peers === 0) continue
    tiers.push({ level: link, size: Math.ceil(inside / below) })
    below = inside
  }
  return tiers
}

function overTiers(links: Links, kind: CollectiveKind, tiers: readonly Tier[]): LinkTime {
  const [first, ...outer] = tiers
  if (first === undefined) return nothing
  const one = (of: CollectiveKind) => levelTime(links.calibration, links.pool, first.level, of, links.library, first.size)
  if (outer.length === 0) return one(kind)
  const parts = outer.reduce((n, tier) => n * tier.size, 1)
  const inside = first.size
  const across = overTiers(links, kind, outer)
  switch (kind) {
    case 'all-reduce': {
      const [scatter, gather] = [one('reduce-scatter'), one('all-gather')]
      return together([scatter, across, gather], 'sum', [...scatter.parts, ...shared(across, inside), ...gather.parts])
    }
    case 'all-gather':
    case 'reduce-scatter': {
      // Each rank's card carries its own part of every domain's share; inside, the domain then has all of it.
      const local = one(kind)
      return together([local, across], 'sum', [...local.parts, ...shared(across, inside)])
    }
    case 'all-to-all': {
      // Of a rank's buffer one domain's share stays inside, the rest crosses.
      const local = one(kind)
      return together([local, across], 'max', [...shared(local, parts), ...across.parts])
    }
  }
}

function together(times: readonly LinkTime[], combine: LinkTime['combine'], parts: readonly LinkPart[]): LinkTime {
  return { combine, parts, pedigree: weakest(times.map((t) => t.pedigree)), basis: times.map((t) => t.basis).join(' + ') }
}

/** The weakest evidence of several. */
export function weakest(found: readonly Pedigree[]): Pedigree {
  return pedigrees[Math.max(0, ...found.map((p) => pedigrees.indexOf(p)))]!
}
