/** What EPLB places: slots for experts and their copies on GPUs of nodes; groups of experts stay on one node where they divide over nodes. */
export interface ExpertSlots {
  readonly slots: number
  readonly groups: number
  readonly nodes: number
  readonly gpus: number
}

/**
 * Expert of each slot, GPU after GPU, for one layer's load per expert. Algorithm of deepseek-ai/EPLB (eplb.py, 2025-02): groups are packed
 * to nodes, the busiest experts of a node copied there, and slots packed to its GPUs; all as one node where groups do not divide over nodes.
 */
export function rebalanceExperts(loads: readonly number[], { slots, groups, nodes, gpus }: ExpertSlots): readonly number[] {
  mustDivide('slots', slots, 'gpus', gpus)
  mustDivide('experts', loads.length, 'groups', groups)
  mustDivide('gpus', gpus, 'nodes', nodes)
  if (groups % nodes !== 0) return rebalanceExperts(loads, { slots, groups: 1, nodes: 1, gpus })
  const size = loads.length / groups
  const groupLoads = Array.from({ length: groups }, (_, g) => sum(loads.slice(g * size, (g + 1) * size)))
  return packBalanced(groupLoads, nodes).flatMap((packed) => {
    const own = packed.flatMap((group) => Array.from({ length: size }, (_, i) => group * size + i))
    const experts = replicateExperts(
      own.map((e) => loads[e]!),
      slots / nodes,
    )
    const copies = copiesOf(experts, own.length)
    const shares = experts.map((e) => loads[own[e]!]! / copies[e]!)
    return packBalanced(shares, gpus / nodes).flatMap((pack) => pack.map((slot) => own[experts[slot]!]!))
  })
}

/** Expert of each slot: every expert once, then one more copy of whichever has most load per copy. */
function replicateExperts(loads: readonly number[], slots: number): readonly number[] {
  const experts = loads.map((_, e) => e)
  const copies = loads.map(() => 1)
  while (experts.length < slots) {
    let most = 0
    for (let e = 1; e < loads.length; e++) if (loads[e]! / copies[e]! > loads[most]! / copies[most]!) most = e
    copies[most]!++
    experts.push(most)
  }
  return experts
}

/** Slots of each expert. */
export function copiesOf(placed: readonly number[], experts: number): readonly number[] {
  const copies = Array.from({ length: experts }, () => 0)
  for (const e of placed) copies[e]!++
  return copies
}

/** Items by pack, equally many in each: the heaviest left goes to the lightest pack that has room. */
function packBalanced(loads: readonly number[], count: number): readonly (readonly number[])[] {
  mustDivide('items', loads.length, 'packs', count)
  const room = loads.length / count
  if (room === 1) return loads.map((_, i) => [i])
  const packs = Array.from({ length: count }, () => ({ load: 0, items: [] as number[] }))
  for (const item of loads.map((_, i) => i).sort((a, b) => loads[b]! - loads[a]!)) {
    let lightest = packs[0]!
    for (const pack of packs) {
      if (pack.items.length < room && (lightest.items.length === room || pack.load < lightest.load)) lightest = pack
    }
    lightest.load += loads[item]!
    lightest.items.push(item)
  }
  return packs.map(({ items }) => items)
}

function mustDivide(what: string, all: number, by: string, parts: number): void {
  if (all % parts !== 0) throw new Error(`${all} ${what} do not divide over ${parts} ${by}`)
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
