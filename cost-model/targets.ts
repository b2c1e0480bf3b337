import type { Moe } from '../spaces/ffn/moe.ts'

/** What a token's router chooses from, and the copies that an engine adds. */
export type Choice = Pick<Moe, 'experts' | 'topK' | 'groups'> & { readonly redundant?: number }

/**
 * Expected parts (ranks, or nodes) among `parts` that hold one of a token's experts. Without groups R (1 - C(E - E/R, k) / C(E, k));
 * with groups, each chosen one gives its best expert (the score that won it its place) and the rest of topK fall on them at random: within
 * 1.2 % of a Monte Carlo of DeepSeek-V3's router. Experts lie in order, groups whole; redundant copies as EPLB places them on `nodes`.
 */
export function distinctTargets({ experts, redundant = 0, topK, groups }: Choice, parts: number, nodes = 1): number {
  const slots = experts + redundant
  const held = slots / parts
  const scattered = redundant > 0 && groups !== undefined && groups.count % nodes !== 0
  const free = parts * (1 - missAll(slots, topK, held))
  if (groups === undefined || scattered) return free
  const limit = Math.min(groups.limit, topK)
  const size = slots / groups.count
  const near = redundant > 0 ? groups.count / nodes : 1
  // Groups that a part has experts of, and how many of each.
  const touched = Math.min(groups.count, Math.max(near, Math.ceil(held / size)))
  const each = Math.min(size, held / touched)
  let missed = 0
  for (let chosen = 0; chosen <= Math.min(limit, touched); chosen++) {
    const odds = (choose(touched, chosen) * choose(groups.count - touched, limit - chosen)) / choose(groups.count, limit)
    missed += odds * (1 - each / size) ** chosen * missAll(limit * (size - 1), topK - limit, chosen * each)
  }
  // One expert of each group is too many where topK is hardly more than the groups.
  return Math.min(free, parts * (1 - missed))
}

/** Chance that `drawn` of `all` things, at random, are none of `own` ones: C(all - own, drawn) / C(all, drawn). */
function missAll(all: number, drawn: number, own: number): number {
  let missed = 1
  for (let i = 0; i < drawn; i++) missed *= Math.max(0, all - own - i) / (all - i)
  return missed
}

/** Binomial coefficient; 0 where there are not as many. */
function choose(n: number, k: number): number {
  if (k > n) return 0
  let ways = 1
  for (let i = 0; i < k; i++) ways *= (n - i) / (i + 1)
  return ways
}
