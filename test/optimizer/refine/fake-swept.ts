import { columnIndex } from '../../../cost-model/column.ts'
import { gatherer, type Outcome } from '../../../optimizer/outcome.ts'
import type { ReplayedRow, ReplayTask } from '../../../optimizer/refine/replay-row.ts'
import type { ReplayAnswer } from '../../../optimizer/runner.ts'
import { makeFlags, searchRange } from '../../../optimizer/search-range.ts'
import { okStatus, statusAt, statusNumber } from '../../../optimizer/table.ts'
import { fakeSearch, scatter } from '../fake-search.ts'

export const size = 2000
const search = { ...fakeSearch(size), keepsNear: true }
export const { objectives, limits } = search
export const asked = { objectives: ['tpot_ms', 'out_tok_s_per_gpu'], limits } as const

/** What a sweep of the search that costs nothing ends with. */
export function fakeSwept(keepBytes = Infinity): Outcome {
  const gathered = gatherer(search, keepBytes)
  for (let from = 0; from < size; from += 400) gathered.add(searchRange(search, { from, to: from + 400 }, makeFlags()))
  return gathered.outcome(size)
}

/** A replay that finds TTFT and TPOT up to a fifth longer, for each plan as it happens; and refuses one plan in seven. */
export function fakeReplay({ index, row: closed }: ReplayTask): ReplayedRow {
  if (index % 7 === 0) return { kind: 'refused', reason: { code: 'odd', message: `${index} is odd`, numbers: {} } }
  const row = closed.slice()
  row[columnIndex('ttft_ms')]! *= 1 + 0.2 * scatter(index, 17)
  row[columnIndex('tpot_ms')]! *= 0.98 + 0.2 * scatter(index, 23)
  row[columnIndex('fidelity')] = 1
  row[statusAt] = row[columnIndex('ttft_ms')]! <= 1 && row[columnIndex('tpot_ms')]! <= 0.03 ? okStatus : statusNumber('misses-slo')
  return { kind: 'replayed', row }
}

/** Answers after some turns of the event loop, out of order as threads do. */
export function fakeRunner(
  lanes = 3,
  answer: (task: ReplayTask) => ReplayAnswer = (task) => ({ kind: 'done', outcome: fakeReplay(task) }),
) {
  const asked: number[] = []
  return {
    asked,
    lanes,
    replay: async (task: ReplayTask) => {
      asked.push(task.index)
      for (let turn = 0; turn < 1 + scatter(task.index, 7919) * 20; turn++) await Promise.resolve()
      return answer(task)
    },
  }
}
