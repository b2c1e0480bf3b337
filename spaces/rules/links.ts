import { type GroupAxis, placeGroup } from '../placement.ts'
import type { Rule } from './rule.ts'

/** Groups whose ranks exchange data. ffnDp, moeDp and attentionDp ranks meet, if at all, inside the stage. */
const talking: readonly GroupAxis[] = ['tp', 'sp', 'dcp', 'ffnTp', 'moeTp', 'ep', 'stage', 'pp']

export const groupsAreLinked: Rule = {
  name: 'groups-are-linked',
  why: 'A parallel group cannot be wider than what a link joins: machines without a network hold whole replicas only.',
  needs: ['pipeline', 'attention', 'experts'],
  check: ({ engine, pool, plan: { layout } }) => {
    if (pool.links.every((link) => link.bandwidth > 0)) return null
    for (const axis of talking) {
      const group = placeGroup(layout, pool, axis, engine.parallel.rankOrder)
      const cut = group.levels.findIndex((level) => level.peers > 0 && level.link.bandwidth === 0)
      if (cut < 0) continue
      const { domains, link } = cut === 0 ? { domains: group.size, link: { span: 1 } } : group.levels[cut - 1]!
      const message = `a ${axis} group of ${group.size} ranks spans ${domains} domains of ${link.span} GPUs, which no ${pool.links[cut]!.kind} link joins`
      return { message, numbers: { axis, size: group.size, domains, span: link.span } }
    }
    return null
  },
}
