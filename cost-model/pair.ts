import { isNetwork, type NetworkOp, type Op } from './graph.ts'

/** An op of a prefill graph, of a decode graph, or of both: one that is alike in both runs once for the rows of both. */
export interface OpPair {
  /** The prefill graph's where both have it. */
  readonly op: Op
  readonly prefill: Op | undefined
  readonly decode: Op | undefined
}

/** Ops of both graphs of a segment in an order that keeps either's. */
export function pairOps(prefill: readonly Op[], decode: readonly Op[]): readonly OpPair[] {
  const places = new Map(decode.map((op, i) => [op.name, i]))
  const pairs: OpPair[] = []
  let taken = 0
  const takeUntil = (end: number) => {
    for (; taken < end; taken++) pairs.push({ op: decode[taken]!, prefill: undefined, decode: decode[taken]! })
  }
  for (const op of prefill) {
    const place = places.get(op.name)
    const other = place === undefined || place < taken ? undefined : decode[place]!
    if (other === undefined || !alike(op, other)) {
      pairs.push({ op, prefill: op, decode: undefined })
      continue
    }
    takeUntil(place!)
    taken++
    pairs.push({ op, prefill: op, decode: other })
  }
  takeUntil(decode.length)
  return pairs
}

function alike(a: Op, b: Op): boolean {
  if (a.kind !== b.kind || a.kind === 'attention' || a.rows.scope !== b.rows.scope) return false
  if (isNetwork(a) && !sameGroup(a, b as NetworkOp)) return false
  const [p, q] = [a.dims as Readonly<Record<string, number>>, b.dims as Readonly<Record<string, number>>]
  return Object.keys(p).every((key) => p[key] === q[key])
}

function sameGroup(a: NetworkOp, b: NetworkOp): boolean {
  return a.group.size === b.group.size && a.group.stride === b.group.stride
}

/** Positions in `kept` of the ops whose results each of them takes in either graph, past those that are not kept. */
export function inputsOf(pairs: readonly OpPair[], kept: readonly OpPair[]): readonly (readonly number[])[] {
  const place = new Map(kept.map((pair, i) => [pair, i]))
  const inputs = (['prefill', 'decode'] as const).map((phase) => {
    const sources = new Map<string, readonly number[]>()
    const byPair = new Map<OpPair, readonly number[]>()
    for (const pair of pairs) {
      const op = pair[phase]
      if (op === undefined) continue
      const found = op.after.flatMap((a) => sources.get(a.op) ?? [])
      const own = place.get(pair)
      byPair.set(pair, found)
      sources.set(op.name, own === undefined ? found : [own])
    }
    return byPair
  })
  return kept.map((pair) => [...new Set(inputs.flatMap((byPair) => byPair.get(pair) ?? []))])
}
