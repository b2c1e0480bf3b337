import type { Range } from '../spaces/number-line.ts'
import { type Flags, type RangeOutcome, type Search, searchRange } from './search-range.ts'

/** `died`: whatever ran the range is gone, and another may fare better. */
export type RangeAnswer = { readonly kind: 'done'; readonly outcome: RangeOutcome } | { readonly kind: 'died'; readonly message: string }

/** Something that searches ranges. A bug in the search rejects the promise. */
export interface Runner {
  /** Ranges to give it at once. */
  readonly lanes: number
  run(range: Range): Promise<RangeAnswer>
  close(): Promise<void>
}

/** Searches on the calling thread, which handles events (an abort) between ranges. */
export function localRunner(search: Search, flags: Flags): Runner {
  return {
    lanes: 1,
    run: async (range) => {
      await new Promise((resolve) => setTimeout(resolve))
      return { kind: 'done', outcome: searchRange(search, range, flags) }
    },
    close: async () => {},
  }
}
