import type { Routing } from './calibration.ts'
import { copiesOf, rebalanceExperts } from './eplb.ts'
import { choiceChances, countWeights, distinctTable, fullestOfOrder, orders, rankWeights } from './popularity.ts'
import type { Choice } from './targets.ts'

/** Experts of a layer on the ranks of an EP group, and the nodes that these are on. */
export interface ExpertPlacement extends Choice {
  readonly ranks: number
  readonly nodes: number
}

/** How unevenly experts are used. */
export interface ExpertUse {
  /** Load of the fullest rank over the mean from popularity alone. */
  readonly skew: number
  /** Expected slots (experts and copies) of all ranks that some of so many tokens chose. */
  readonly distinct: (tokens: number) => number
  /** Chance that a token chooses the slot that most choose. */
  readonly hottest: number
}

type Popularity = Pick<ExpertUse, 'distinct' | 'hottest'> & {
  /** Chances by expert, in random orders: the mean of the fullest rank over so many is known within 2 %. */
  readonly shuffled: readonly (readonly number[])[]
}

const sampled = 48

/** What was worked out for a routing, by what it depends on: layouts of a sweep share most of it. */
const popularities = new WeakMap<Routing, Map<string, Popularity>>()
const uses = new WeakMap<Routing, Map<string, ExpertUse>>()

/** Use of a placement's experts, worked out once per routing. */
export function expertUse(routing: Routing, placement: ExpertPlacement): ExpertUse {
  const { experts, topK, redundant, ranks, nodes, groups } = placement
  const popularity = once(popularities, routing, `${experts} ${topK}`, () => makePopularity(experts, topK, routing))
  const key = `${experts} ${topK} ${redundant} ${ranks} ${nodes} ${groups?.count}`
  return once(uses, routing, key, () => makeUse(routing, placement, popularity))
}

function once<T>(memo: WeakMap<Routing, Map<string, T>>, routing: Routing, key: string, make: () => T): T {
  const made = memo.get(routing) ?? new Map<string, T>()
  memo.set(routing, made)
  const value = made.get(key) ?? make()
  made.set(key, value)
  return value
}

function makePopularity(experts: number, topK: number, { exponent, tokenCounts }: Routing): Popularity {
  const weights = tokenCounts === undefined ? rankWeights(experts, exponent) : countWeights(experts, tokenCounts)
  const chances = choiceChances(topK, weights)
  const alike = tokenCounts === undefined && exponent === 0
  const shuffled = orders(experts, alike ? 1 : sampled).map((order) => order.map((i) => chances[i]!))
  return { shuffled, distinct: distinctTable(chances), hottest: Math.max(...chances) }
}

function makeUse({ staleness }: Routing, placement: ExpertPlacement, { shuffled, distinct, hottest }: Popularity): ExpertUse {
  const { ranks, redundant = 0 } = placement
  const plain = mean(shuffled.map((loads) => fullestOfOrder(loads, ranks)))
  if (redundant === 0) return { skew: plain, distinct, hottest }
  const shares = balancedShares(shuffled[0]!, placement, redundant)
  const balanced = fullestOfOrder(shares, ranks)
  // Popularity has moved since experts were placed: so much of the gain is lost.
  const lost = (ideal: number, unplaced: number) => ideal + staleness * Math.max(0, unplaced - ideal)
  return { skew: lost(balanced, plain), distinct: distinctTable(shares), hottest: lost(Math.max(...shares), hottest) }
}

/** Load of each slot where EPLB placed the experts. Their order hardly matters: the copies even out what it changes. */
function balancedShares(loads: readonly number[], { ranks, nodes, groups }: ExpertPlacement, redundant: number): readonly number[] {
  const slots = { slots: loads.length + redundant, groups: groups?.count ?? 1, nodes: ranks % nodes === 0 ? nodes : 1, gpus: ranks }
  const placed = rebalanceExperts(loads, slots)
  const copies = copiesOf(placed, loads.length)
  return placed.map((e) => loads[e]! / copies[e]!)
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
