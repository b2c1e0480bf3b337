import type { PlanRow } from './csv.ts'
import type { ReplayReport } from './replay-report.ts'

/** A limit the study set on a column, in the column's printed unit. */
export interface PrintedLimit {
  readonly column: string
  readonly value: number
  /** `TPOT <= 30 ms` */
  readonly label: string
}

/** What a report says, before it takes a form: page, Markdown or terminal text are all made from this. */
export interface Report {
  readonly title: string
  /** Labelled facts about the study in reading order: model, fleet, engine, workload, price and its source, ... */
  readonly facts: readonly (readonly [label: string, value: string])[]
  /** Warnings a reader must see: partial run, nothing meets the SLO, predictions nobody measured. */
  readonly notes: readonly string[]
  /** Every plan that got times, in order of index. */
  readonly rows: readonly PlanRow[]
  /** Positions in `rows`. */
  readonly front: readonly number[]
  readonly recommended: readonly { readonly row: number; readonly label: string; readonly why: string; readonly sure: string }[]
  /** Where plans were replayed. */
  readonly replay?: ReplayReport | undefined
  /** Plans that got no times or miss a limit, by reason; `example` is the sentence for one of them. */
  readonly counts: readonly { readonly reason: string; readonly plans: number; readonly example: string }[]
  readonly total: number
  readonly objectives: readonly string[]
  readonly limits: readonly PrintedLimit[]
}
