import { columnIndex, rowWidth } from '../cost-model/column.ts'
import type { Range } from '../spaces/number-line.ts'
import type { ColocatedPlan, Plan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { frontOf, mergeFronts } from './archive.ts'
import { type Count, tally } from './count.ts'
import { boundedValue, firstMiss, type Limit, missReason, worstViolation } from './limit.ts'
import type { Objective } from './objective.ts'
import { nearOf } from './refine/near.ts'
import { bytesPerPlan, emptyTable, okStatus, shared, statusAt, statusNumber, type Table, tableBuilder, tableSize, union } from './table.ts'

/** What a search of plans of some kinds works with. */
export interface Search<P extends Plan = ColocatedPlan> {
  readonly space: {
    readonly size: number
    /** Every index of [from, to) in order: plans worth evaluating alone, others as ranges that a reason holds for. */
    walk(
      from: number,
      to: number,
      onPlan: (index: number, plan: P) => void,
      onSkip: (from: number, to: number, reason: Reason) => void,
    ): void
  }
  /** Writes the values of a plan to `rows` from `offset` on; a reason where it has none. */
  evaluate(plan: P, rows: Float64Array, offset: number): Reason | null
  readonly objectives: readonly Objective[]
  readonly limits: readonly Limit[]
  /** Whether to gather the plans near the front too. */
  readonly keepsNear: boolean
}

/** What became of the plans of a range. */
export interface RangeOutcome extends Range {
  /** Plans with times, and how many of them meet every limit. */
  readonly evaluated: number
  readonly meeting: number
  /** Of the plans that do not. */
  readonly counts: readonly Count[]
  readonly front: Table
  /** Plans near the front, its own among them (see `nearOf`); empty where the search does not gather them. */
  readonly near: Table
  /** Of the plans that miss a limit the one that misses by least: by the share of its worst miss. */
  readonly nearest: Nearest | null
  /** Of the plans that do not fit in memory the one that lacks the fewest bytes. */
  readonly nearestFit: Nearest | null
  /** Every plan with times, and every one that does not fit in memory, in memory that threads share; null: not kept. */
  readonly kept: Table | null
  /** What keeping them takes. */
  readonly bytes: number
}

/** The plan that falls short by least; of several the one with the lowest index. */
export interface Nearest {
  readonly index: number
  readonly short: number
  readonly row: Float64Array
  /** The first thing against it. */
  readonly reason: Reason
}

/** Words that threads share, by position: set by the driver, read by workers. */
export type Flags = Int32Array
export const flag = { stop: 0, frontOnly: 1 } as const

export function makeFlags(): Flags {
  return new Int32Array(new SharedArrayBuffer(Object.keys(flag).length * Int32Array.BYTES_PER_ELEMENT))
}

/** Plans that are evaluated between two looks at the stop flag, about: where most are passed over, strides are longer. */
const perLook = 1024

/** Searches a range in order. It ends early once the stop flag is set: `to` of the outcome says how far it came. */
export function searchRange<P extends Plan>(search: Search<P>, range: Range, flags: Flags): RangeOutcome {
  const counted = tally()
  const builder = tableBuilder()
  const [misses, unfit] = [keepNearest(), keepNearest()]
  let [asked, evaluated, meeting, tabled, passed] = [0, 0, 0, 0, 0]
  let [front, near] = [emptyTable, emptyTable]

  const keeps = () => Atomics.load(flags, flag.frontOnly) === 0
  /** Of a search for the front alone, plans that cannot be on it are counted and no more. */
  const add = (index: number, met: boolean) => {
    if (keeps() || met || search.keepsNear) builder.add(index)
    else passed++
  }
  const onSkip = (from: number, to: number, reason: Reason) => counted.add(reason.code, from, to - from, () => reason.message)
  const onPlan = (index: number, plan: P) => {
    asked++
    const { rows, offset } = builder.scratch()
    const rejected = search.evaluate(plan, rows, offset)
    if (rejected !== null) {
      counted.add(rejected.code, index, 1, () => rejected.message)
      // What a pair of workers lacks is not always memory.
      if (rows[offset + statusAt] !== unfitStatus) return
      unfit.offer({ index, short: -rows[offset + headroomAt]!, rows, offset }, () => rejected)
      add(index, false)
      return
    }
    evaluated++
    const miss = firstMiss(search.limits, rows, offset)
    rows[offset + statusAt] = miss === undefined ? okStatus : missStatus
    add(index, miss === undefined)
    if (miss === undefined) {
      meeting++
      return
    }
    const reason = () => missReason(miss, boundedValue(miss, rows, offset))
    counted.add(miss.code, index, 1, () => reason().message)
    misses.offer({ index, short: worstViolation(search.limits, rows, offset), rows, offset }, reason)
  }

  let to = range.from
  const condense = () => {
    front = mergeFronts(front, frontOf(builder.table(), search.objectives), search.objectives)
    if (search.keepsNear) near = nearOf(union(near, builder.table()), front, search)
  }
  let stride = perLook
  while (to < range.to && Atomics.load(flags, flag.stop) === 0) {
    const next = Math.min(to + stride, range.to)
    const before = asked
    search.space.walk(to, next, onPlan, onSkip)
    to = next
    stride = asked - before < perLook / 2 ? stride * 2 : Math.max(perLook, Math.floor(stride / 2))
    // What is not kept must not pile up: memory traffic is what threads share. A long front is not merged again for a few plans.
    if (keeps() || tableSize(builder.table()) < Math.max(perLook, 2 * (tableSize(front) + tableSize(near)))) continue
    condense()
    tabled += tableSize(builder.table())
    builder.clear()
  }
  condense()
  const table = builder.table()
  tabled += tableSize(table)
  return {
    from: range.from,
    to,
    evaluated,
    meeting,
    counts: counted.counts(),
    front,
    near,
    nearest: misses.nearest(),
    nearestFit: unfit.nearest(),
    kept: keeps() ? shared(table) : null,
    bytes: (tabled + passed) * bytesPerPlan,
  }
}

const missStatus = statusNumber('misses-slo')
const unfitStatus = statusNumber('out-of-memory')
const headroomAt = columnIndex('headroom_gib')

interface Candidate extends Pick<Nearest, 'index' | 'short'> {
  readonly rows: Float64Array
  readonly offset: number
}

/** Candidates come in order of index. */
function keepNearest() {
  let nearest: Nearest | null = null
  return {
    offer: ({ index, short, rows, offset }: Candidate, reason: () => Reason) => {
      if (nearest !== null && !(short < nearest.short)) return
      nearest = { index, short, row: rows.slice(offset, offset + rowWidth), reason: reason() }
    },
    nearest: () => nearest,
  }
}

/** The nearer of two. */
export function nearer(a: Nearest | null, b: Nearest | null): Nearest | null {
  if (a === null || b === null) return a ?? b
  const [first, second] = a.index < b.index ? [a, b] : [b, a]
  return second.short < first.short ? second : first
}
