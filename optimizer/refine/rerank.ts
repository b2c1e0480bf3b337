import { rowWidth } from '../../cost-model/column.ts'
import { frontOf } from '../archive.ts'
import { tally } from '../count.ts'
import { boundedValue, firstMiss, type Limit, missReason, worstViolation } from '../limit.ts'
import { type Kept, type Outcome, sortCounts } from '../outcome.ts'
import { type Nearest, nearer } from '../search-range.ts'
import { okStatus, rowAt, statusAt, type Table, tableSize, union } from '../table.ts'
import type { Judged } from './near.ts'
import { recount } from './recount.ts'
import type { ReplayedRow, ReplayTask } from './replay-row.ts'

/**
 * An outcome in which what was replayed stands as the replay found it. The front is that of the plans chosen for a replay: one that cannot
 * be replayed, or was not reached, takes part as the closed form has it; plans far from the closed form's front do not.
 */
export function rerank(
  swept: Outcome,
  tasks: readonly ReplayTask[],
  found: ReadonlyMap<number, ReplayedRow>,
  { objectives, limits }: Judged,
): Outcome {
  const chosen = tasks.toSorted((a, b) => a.index - b.index)
  const refused = tally()
  const closed: ReplayTask[] = []
  const replayed: ReplayTask[] = []
  for (const task of chosen) {
    const answer = found.get(task.index)
    if (answer?.kind === 'refused') refused.add(answer.reason.code, task.index, 1, () => answer.reason.message)
    if (answer?.kind !== 'replayed') continue
    closed.push(task)
    replayed.push({ index: task.index, row: answer.row })
  }
  const [before, after, all] = [tableOf(closed), tableOf(replayed), tableOf(chosen)]
  const contenders = union(after, all)
  const front = frontOf(contenders, objectives)
  const unreached = tasks.length - found.size
  return {
    ...swept,
    partial: swept.partial || unreached > 0,
    meeting: swept.meeting - meeting(before) + meeting(after),
    counts: sortCounts(recount(swept.counts, before, after, limits)),
    front,
    nearest: nearestOf(swept.nearest, contenders, limits),
    kept: replaceKept(swept.kept, after),
    refined: {
      chosen: tasks.length,
      unreached,
      closed: before,
      replayed: after,
      refused: sortCounts(refused.counts()),
      closedFront: swept.front,
      closedMeeting: swept.meeting,
    },
  }
}

function tableOf(plans: readonly ReplayTask[]): Table {
  const rows = new Float64Array(plans.length * rowWidth)
  for (const [i, { row }] of plans.entries()) rows.set(row, i * rowWidth)
  return { indexes: Float64Array.from(plans, ({ index }) => index), rows }
}

function meeting(table: Table): number {
  return Array.from(table.indexes.keys()).filter((i) => rowAt(table, i)[statusAt] === okStatus).length
}

/** Of the plans that were looked at again, and the closed form's where it was not. */
function nearestOf(closed: Nearest | null, contenders: Table, limits: readonly Limit[]): Nearest | null {
  let nearest = closed !== null && contenders.indexes.includes(closed.index) ? null : closed
  for (let i = 0; i < tableSize(contenders); i++) {
    const row = rowAt(contenders, i)
    const miss = firstMiss(limits, row, 0)
    if (miss === undefined) continue
    const short = worstViolation(limits, row, 0)
    nearest = nearer(nearest, { index: contenders.indexes[i]!, short, row: row.slice(), reason: missReason(miss, boundedValue(miss, row)) })
  }
  return nearest
}

function replaceKept(kept: Kept, replayed: Table): Kept {
  if (kept.kind === 'front-only') return kept
  const rows = new Map(Array.from(replayed.indexes, (index, i) => [index, rowAt(replayed, i)] as const))
  return { ...kept, tables: kept.tables.map((table) => replaceRows(table, rows)) }
}

export function replaceRows(table: Table, rows: ReadonlyMap<number, Float64Array>): Table {
  const positions = Array.from(table.indexes.keys()).filter((i) => rows.has(table.indexes[i]!))
  if (positions.length === 0) return table
  const copy = table.rows.slice()
  for (const i of positions) copy.set(rows.get(table.indexes[i]!)!, i * rowWidth)
  return { indexes: table.indexes, rows: copy }
}
