import { rowAt, type Table } from '../table.ts'
import { distance, epsilon, type Judged } from './near.ts'
import type { ReplayTask } from './replay-row.ts'

/** Plans beside the front of the closed form that are replayed at most: some tens of milliseconds each. */
export const mostBeside = 500

/**
 * Of the plans remembered as near what is to be replayed, in this order: the front, its recommended plans first, then the plans nearest to
 * it, up to epsilon; of equally near ones the lowest index first.
 */
export function survivorsOf(near: Table, front: Table, judged: Judged, recommended: readonly number[]): readonly ReplayTask[] {
  const own = new Set(front.indexes)
  const rank = (index: number) => {
    const place = recommended.indexOf(index)
    return place < 0 ? recommended.length : place
  }
  return Array.from(near.indexes, (index, i) => {
    // A copy: crossing to a thread clones the whole buffer that a view looks at.
    const row = rowAt(near, i).slice()
    return { task: { index, row }, rank: own.has(index) ? rank(index) : Number.POSITIVE_INFINITY, far: distance(row, front, judged) }
  })
    .filter(({ task, far }) => own.has(task.index) || far <= epsilon)
    .sort((a, b) => compare(a.rank, b.rank) || compare(a.far, b.far) || a.task.index - b.task.index)
    .map(({ task }) => task)
}

/** Infinities too. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
