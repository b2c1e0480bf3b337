import { archive } from './archive.ts'
import { type Count, tally } from './count.ts'
import { type Judged, nearOf } from './refine/near.ts'
import type { Refined } from './refine/refined.ts'
import { type Nearest, nearer, type RangeOutcome } from './search-range.ts'
import { emptyTable, type Table, tableSize, union } from './table.ts'

/** What became of a space. It depends on the setting alone, not on how the space was cut into ranges or who searched them. */
export interface Outcome {
  /** The run ended early: `decided` plans of `total` are in it. */
  readonly partial: boolean
  readonly total: number
  readonly decided: number
  /** Plans with times, and how many of them meet every limit. */
  readonly evaluated: number
  readonly meeting: number
  /** Of the decided plans that do not, by reason: most plans first. */
  readonly counts: readonly Count[]
  /** Plans that meet every limit and that no such plan beats. */
  readonly front: Table
  /** Plans near it, where the search gathered them. */
  readonly near: Table
  /** Of the plans that miss a limit the one that misses by least. */
  readonly nearest: Nearest | null
  /** Of the plans that do not fit in memory the one that lacks the fewest bytes. */
  readonly nearestFit: Nearest | null
  readonly kept: Kept
  /** What replaying the plans near the front of the closed form came to; absent: none was to be replayed. */
  readonly refined?: Refined | undefined
}

/** Every plan with times and every one that does not fit, in order of index, or none because they would take more bytes than allowed. */
export type Kept =
  | { readonly kind: 'all'; readonly tables: readonly Table[] }
  | { readonly kind: 'front-only'; readonly bytes: number; readonly most: number }

/** Gathers outcomes of disjoint ranges, in any order. */
export interface Gatherer {
  add(outcome: RangeOutcome): void
  /** Keeping plans took too much: none is kept any more. */
  full(): boolean
  decided(): number
  outcome(total: number): Outcome
}

export function gatherer(judged: Judged, keepBytes: number): Gatherer {
  const counted = tally()
  const sums = { decided: 0, evaluated: 0, meeting: 0, bytes: 0 }
  const best = archive(judged.objectives)
  let near = emptyTable
  let nearest: Nearest | null = null
  let nearestFit: Nearest | null = null
  let kept: { readonly from: number; readonly table: Table }[] = []
  const full = () => sums.bytes > keepBytes
  return {
    add: (range) => {
      sums.decided += range.to - range.from
      sums.evaluated += range.evaluated
      sums.meeting += range.meeting
      sums.bytes += range.bytes
      for (const { reason, index, plans, example } of range.counts) counted.add(reason, index, plans, () => example)
      best.add(range.front)
      if (tableSize(range.near) > 0) near = nearOf(union(near, range.near), best.front(), judged)
      nearest = nearer(nearest, range.nearest)
      nearestFit = nearer(nearestFit, range.nearestFit)
      if (full()) kept = []
      else if (range.kept !== null && tableSize(range.kept) > 0) kept.push({ from: range.from, table: range.kept })
    },
    full,
    decided: () => sums.decided,
    outcome: (total) => ({
      partial: sums.decided < total,
      total,
      decided: sums.decided,
      evaluated: sums.evaluated,
      meeting: sums.meeting,
      counts: sortCounts(counted.counts()),
      front: best.front(),
      near,
      nearest,
      nearestFit,
      kept: full()
        ? { kind: 'front-only', bytes: sums.bytes, most: keepBytes }
        : { kind: 'all', tables: kept.sort((a, b) => a.from - b.from).map(({ table }) => table) },
    }),
  }
}

export function sortCounts(counts: readonly Count[]): readonly Count[] {
  return counts.toSorted((a, b) => b.plans - a.plans || (a.reason < b.reason ? -1 : 1))
}
