import type { Count } from '../count.ts'
import type { Table } from '../table.ts'

/** What replaying the plans near a front came to. */
export interface Refined {
  /** Plans that were to be replayed, and those of them that were not reached when the run was ended. */
  readonly chosen: number
  readonly unreached: number
  /** Those that were, as the closed form had them and as the replay found them, in order of index. */
  readonly closed: Table
  readonly replayed: Table
  /** Those that cannot be replayed, by reason. They stay as the closed form has them. */
  readonly refused: readonly Count[]
  /** The front of the closed form, and how many plans then met every limit. */
  readonly closedFront: Table
  readonly closedMeeting: number
}
