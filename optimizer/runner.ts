import type { Range } from '../spaces/number-line.ts'
import type { Plan } from '../spaces/plan.ts'
import type { ReplayedRow, Replayer, ReplayTask } from './refine/replay-row.ts'
import { type Flags, type RangeOutcome, type Search, searchRange } from './search-range.ts'

/** Whatever ran a task is gone, and another may fare better. */
export interface Died {
  readonly kind: 'died'
  readonly message: string
}
export type RangeAnswer = { readonly kind: 'done'; readonly outcome: RangeOutcome } | Died
export type ReplayAnswer = { readonly kind: 'done'; readonly outcome: ReplayedRow } | Died

/** Something that searches ranges and replays plans. A bug in either rejects the promise. */
export interface Runner {
  /** Ranges to give it at once. */
  readonly lanes: number
  run(range: Range): Promise<RangeAnswer>
  replay(task: ReplayTask): Promise<ReplayAnswer>
  close(): Promise<void>
}

/** Works on the calling thread, which handles events (an abort) between tasks. */
export function localRunner<P extends Plan>(search: Search<P>, flags: Flags, makeReplayer: () => Replayer): Runner {
  let replayer: Replayer | undefined
  return {
    lanes: 1,
    run: async (range) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'done', outcome: searchRange(search, range, flags) }
    },
    replay: async (task) => {
      await new Promise((resolve) => setImmediate(resolve))
      replayer ??= makeReplayer()
      return { kind: 'done', outcome: replayer(task) }
    },
    close: async () => {},
  }
}
