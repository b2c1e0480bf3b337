import { workerData } from 'node:worker_threads'
import type { Range } from '../spaces/number-line.ts'
import type { WorkerAnswer, WorkerInput } from './pool.ts'
import { searchOf } from './search.ts'
import { type Search, searchRange } from './search-range.ts'

const { setting, flags } = workerData as WorkerInput
let search: Search | undefined

/** What a worker thread does: a range of the setting that it was started with. */
export function runRange(range: Range): WorkerAnswer {
  try {
    search ??= searchOf(setting)
    return { kind: 'done', outcome: searchRange(search, range, flags) }
  } catch (error) {
    return { kind: 'threw', error }
  }
}
