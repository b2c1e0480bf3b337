import type { ColumnName, Fidelity } from '../cost-model/column.ts'
import type { Scenario } from '../cost-model/scenario.ts'
import type { Axes } from '../spaces/axes.ts'
import type { PairSpec } from '../spaces/pair-space.ts'
import type { Limit } from './limit.ts'
import type { Study } from './study.ts'

/** A study with every name looked up: all that a run depends on, as plain data that crosses threads once. */
export interface Setting {
  readonly name: string
  /** The name as part of a file name. */
  readonly slug: string
  readonly scenario: Scenario
  readonly axes: Axes
  /** Separate prefill and decode workers; `alone`: no plan that does both phases beside them. */
  readonly pairs?: PairSpec & { readonly alone: boolean }
  readonly objectives: readonly ColumnName[]
  /** SLOs first. */
  readonly limits: readonly Limit[]
  /** `replay`: the plans near the front of the closed form are replayed, and judged by what that finds. */
  readonly fidelity: Fidelity
  /** As written, defaults filled in and prices of the command line included. */
  readonly study: Study
  /** Of what was asked: the study without its name, and the sizes of its fleet and space. */
  readonly studyHash: string
  /** Of what its names stand for: model, pools, engine, workload. An index names a plan where both hashes are equal. */
  readonly catalogHash: string
  /** Of the constants behind the times. */
  readonly calibrationHash: string
  /** What a person should know before trusting the run. */
  readonly warnings: readonly string[]
}
