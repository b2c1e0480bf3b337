import { attentionKind } from '../attention/index.ts'
import type { Heads } from '../attention/kind.ts'
import type { Model } from '../model.ts'
import type { Breach, Rule } from './rule.ts'

export const headsDivide: Rule = {
  name: 'heads-divide',
  why: 'Attention TP gives every rank the same number of query heads (or heads of a recurrent mixer), and no part of a group of them.',
  needs: ['attention'],
  check: ({ model, plan }): Breach | null => {
    const { tp } = plan.layout
    const uneven = headCounts(model).find(({ query, groups = 0 }) => query % tp !== 0 || groups % tp !== 0)
    if (uneven === undefined) return null
    const { query: heads, groups = 0 } = uneven
    if (heads % tp !== 0) return { message: `${heads} heads do not divide over attention TP ${tp}`, numbers: { heads, tp } }
    return { message: `${groups} groups of heads do not divide over attention TP ${tp}`, numbers: { groups, tp } }
  },
}

export const kvHeadsDivide: Rule = {
  name: 'kv-heads-divide',
  why: 'KV heads are spread evenly over TP or, once they run out, replicated evenly.',
  needs: ['attention'],
  check: ({ model, plan }) => {
    const { tp } = plan.layout
    const kvHeads = headCounts(model).find(({ kv }) => kv > 0 && kv % tp !== 0 && tp % kv !== 0)?.kv
    if (kvHeads === undefined) return null
    return { message: `${kvHeads} KV heads can be neither spread nor replicated evenly over attention TP ${tp}`, numbers: { kvHeads, tp } }
  },
}

/** Heads of each group of layers, or of those that cache one entry per token. */
export function headCounts(model: Model, keeping?: 'tokens'): readonly Heads[] {
  return model.layerGroups.flatMap(({ attn }) => {
    const kind = attentionKind(attn)
    return keeping === undefined || kind.caches(attn).some((cache) => cache.kind === keeping) ? [kind.heads(attn)] : []
  })
}
