import { workerData } from 'node:worker_threads'
import type { Range } from '../spaces/number-line.ts'
import type { WorkerAnswer, WorkerInput } from './pool.ts'
import { type ReplayedRow, type Replayer, type ReplayTask, replayerOf } from './refine/replay-row.ts'
import { searchOf } from './search.ts'
import { type RangeOutcome, searchRange } from './search-range.ts'

const { setting, flags } = workerData as WorkerInput
let search: ReturnType<typeof searchOf> | undefined
let replayer: Replayer | undefined

/** What a worker thread does: a range of the setting that it was started with. */
export function runRange(range: Range): WorkerAnswer<RangeOutcome> {
  return answer(() => {
    search ??= searchOf(setting)
    return searchRange(search, range, flags)
  })
}

/** Or the replay of one of its plans. */
export function runReplay(task: ReplayTask): WorkerAnswer<ReplayedRow> {
  return answer(() => {
    replayer ??= replayerOf(setting)
    return replayer(task)
  })
}

function answer<T>(work: () => T): WorkerAnswer<T> {
  try {
    return { kind: 'done', outcome: work() }
  } catch (error) {
    return { kind: 'threw', error }
  }
}
