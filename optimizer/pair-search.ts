import type { Scenario } from '../cost-model/scenario.ts'
import type { DecodeSide, PrefillSide, Sides } from '../cost-model/worker-side.ts'
import { firstBrokenByPair } from '../spaces/pair-rules/index.ts'
import type { PairContext } from '../spaces/pair-rules/rule.ts'
import type { PairSpace } from '../spaces/pair-space.ts'
import type { DisaggregatedPlan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { type Stretch, stretchesOf, type WorkerSpace } from '../spaces/worker-space.ts'
import { beatenPrefill } from './beaten.ts'
import type { Limit } from './limit.ts'
import type { Objective } from './objective.ts'

export interface PairVisitor {
  readonly onPlan: (index: number, plan: DisaggregatedPlan) => void
  readonly onSkip: (from: number, to: number, reason: Reason) => void
}

/** A worker that can run and is worth pairing, or a stretch of workers that need not be looked at, and why. */
type Entry<Side> = { readonly from: number; readonly to: number } & (
  | { readonly side: Side; readonly reason: undefined }
  | { readonly side: undefined; readonly reason: Reason }
)

/**
 * Walks a space of pairs by composing its two sides: each worker is computed once, whatever it is paired with; workers that break a rule, do not fit
 * in memory or are beaten (`beatenPrefill`) condemn all of their pairs at once.
 */
export function pairWalk(space: PairSpace, scenario: Scenario, sides: Sides, objectives: readonly Objective[], limits: readonly Limit[]) {
  const composed = once(() => {
    const prefill = entriesOf<PrefillSide>(stretchesOf(space.prefill), sides.prefill)
    const running = prefill.flatMap(({ side }) => (side === undefined ? [] : [side]))
    const beaten = beatenPrefill(running, scenario, objectives, limits)
    const left = new Set([...beaten].map((i) => running[i]!))
    return {
      prefill: prefill.map(
        (entry): Entry<PrefillSide> =>
          entry.side !== undefined && left.has(entry.side) ? { ...entry, side: undefined, reason: beatenReason(entry.side) } : entry,
      ),
      decode: entriesOf<DecodeSide>(stretchesOf(space.decode), sides.decode),
    }
  })
  const [perPrefill, perDecode] = space.strides

  return (from: number, to: number, { onPlan, onSkip }: PairVisitor): void => {
    const skip = (start: number, end: number, reason: Reason) => {
      if (Math.max(start, from) < Math.min(end, to)) onSkip(Math.max(start, from), Math.min(end, to), reason)
    }
    const { prefill, decode } = composed()
    for (const p of within(prefill, perPrefill, 0, from, to)) {
      if (p.side === undefined) {
        skip(p.from * perPrefill, p.to * perPrefill, p.reason)
        continue
      }
      const start = p.from * perPrefill
      for (const d of within(decode, perDecode, start, from, to)) {
        const first = start + d.from * perDecode
        const reason = d.side === undefined ? d.reason : firstBrokenByPair(contextOf(scenario, p.side, d.side))
        if (d.side === undefined || reason !== null) skip(first, start + d.to * perDecode, reason!)
        else walkCounts(space, p.side, d.side, first, { from, to }, { onPlan, onSkip: skip })
      }
    }
  }
}

/** Entries that have pairs in [from, to), where the first entry's begin at `start`: both are in order. */
function* within<E extends { readonly from: number; readonly to: number }>(
  entries: readonly E[],
  stride: number,
  start: number,
  from: number,
  to: number,
) {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (start + entries[middle]!.to * stride <= from) low = middle + 1
    else high = middle
  }
  for (let i = low; i < entries.length && start + entries[i]!.from * stride < to; i++) yield entries[i]!
}

function walkCounts(
  { prefill, decode, strides }: PairSpace,
  p: PrefillSide,
  d: DecodeSide,
  first: number,
  range: { readonly from: number; readonly to: number },
  { onPlan, onSkip }: PairVisitor,
): void {
  const [, , row] = strides
  const room = roomOf(p, d, prefill, decode)
  for (let j = 0; j < decode.counts.size; j++) {
    const start = first + j * row
    if (start >= range.to) return
    if (start + row <= range.from) continue
    const decodeWorkers = decode.counts.at(j)
    for (let i = 0; i < row; ) {
      const prefillWorkers = prefill.counts.at(i)
      const verdict = room(prefillWorkers, decodeWorkers)
      let end = i + 1
      if (verdict === 'fits') {
        const index = start + i
        const plan = { kind: 'disaggregated', prefill: p.plan, decode: d.plan, prefillWorkers, decodeWorkers } as const
        if (index >= range.from && index < range.to) onPlan(index, plan)
      } else {
        while (end < row && room(prefill.counts.at(end), decodeWorkers) === verdict) end++
        onSkip(start + i, start + end, roomReason(verdict, p, d, prefillWorkers, decodeWorkers))
      }
      i = end
    }
  }
}

type Room = 'fits' | 'workers-fit' | 'workers-fill'

/** Whether so many workers are too many for the pools; or, where any number will do, so few that another would fit (on both, where the pools are two). */
function roomOf(
  p: PrefillSide,
  d: DecodeSide,
  prefill: WorkerSpace,
  decode: WorkerSpace,
): (prefillWorkers: number, decodeWorkers: number) => Room {
  const one = p.pool.id === d.pool.id
  return (prefillWorkers, decodeWorkers) => {
    const [ofPrefill, ofDecode] = [prefillWorkers * p.gpus, decodeWorkers * d.gpus]
    const freeForPrefill = p.pool.gpus - ofPrefill - (one ? ofDecode : 0)
    const freeForDecode = d.pool.gpus - ofDecode - (one ? ofPrefill : 0)
    if (freeForPrefill < 0 || freeForDecode < 0) return 'workers-fit'
    const [morePrefill, moreDecode] = [prefill.fills && freeForPrefill >= p.gpus, decode.fills && freeForDecode >= d.gpus]
    return (one ? morePrefill || moreDecode : morePrefill && moreDecode) ? 'workers-fill' : 'fits'
  }
}

function roomReason(code: Exclude<Room, 'fits'>, p: PrefillSide, d: DecodeSide, prefillWorkers: number, decodeWorkers: number): Reason {
  const numbers = { prefillWorkers, decodeWorkers }
  const workers = `${prefillWorkers} prefill workers of ${p.gpus} GPUs and ${decodeWorkers} decode workers of ${d.gpus}`
  if (code === 'workers-fill') return { code, message: `another worker would fit beside ${workers}`, numbers }
  return { code, message: `${workers} are more than ${p.pool.id === d.pool.id ? 'the pool has' : 'their pools have'}`, numbers }
}

/** For rules that do not look at counts. */
function contextOf(
  scenario: Scenario,
  { plan: prefill, pool: prefillPool }: PrefillSide,
  { plan: decode, pool: decodePool }: DecodeSide,
): PairContext {
  return { ...scenario, prefillPool, decodePool, plan: { kind: 'disaggregated', prefill, decode, prefillWorkers: 1, decodeWorkers: 1 } }
}

function entriesOf<Side extends PrefillSide | DecodeSide>(
  stretches: readonly Stretch[],
  sideOf: (plan: Side['plan']) => Side,
): readonly Entry<Side>[] {
  return stretches.map((stretch) => {
    const { from, to } = stretch
    if (stretch.plan === undefined) return { from, to, side: undefined, reason: stretch.reason }
    const side = sideOf(stretch.plan)
    return side.reason === null ? { from, to, side, reason: undefined } : { from, to, side: undefined, reason: side.reason }
  })
}

function beatenReason({ gpus, pool }: PrefillSide): Reason {
  const message = `another prefill worker on ${gpus} GPUs of pool "${pool.id}" is at least as fast alone and when busy, and holds as many prompts`
  return { code: 'prefill-beaten', message, numbers: { gpus } }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
