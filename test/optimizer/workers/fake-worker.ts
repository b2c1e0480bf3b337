import { workerData } from 'node:worker_threads'
import type { WorkerAnswer } from '../../../optimizer/pool.ts'
import { type Flags, type RangeOutcome, searchRange } from '../../../optimizer/search-range.ts'
import type { Range } from '../../../spaces/number-line.ts'
import { fakeSearch } from '../fake-search.ts'

/** What a test starts its workers with, where the product hands over a setting. */
export interface FakeSetting {
  readonly size: number
  /** The range that kills its thread, as often as `deaths` says, or that throws. */
  readonly at?: number
  readonly deaths?: number
  readonly throws?: boolean
}

/** Deaths so far, behind the words that the product uses. */
export const deathWord = 2

export function runRange(range: Range): WorkerAnswer<RangeOutcome> {
  const { setting, flags } = workerData as { readonly setting: FakeSetting; readonly flags: Flags }
  if (range.from === setting.at) {
    if (setting.throws) return { kind: 'threw', error: new Error(`a bug at ${range.from}`) }
    if (Atomics.add(flags, deathWord, 1) < (setting.deaths ?? 0)) process.exit(9)
  }
  return { kind: 'done', outcome: searchRange(fakeSearch(setting.size), range, flags) }
}
