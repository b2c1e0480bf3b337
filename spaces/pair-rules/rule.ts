import type { Engine } from '../engine.ts'
import type { Pool } from '../fleet.ts'
import type { Model } from '../model.ts'
import type { DisaggregatedPlan } from '../plan.ts'
import type { Breach } from '../rules/rule.ts'
import type { Workload } from '../workload.ts'

export interface PairContext {
  readonly model: Model
  readonly engine: Engine
  readonly workload: Workload
  /** Whole pools, that the workers of each side share. */
  readonly prefillPool: Pool
  readonly decodePool: Pool
  readonly plan: DisaggregatedPlan
}

/** One condition on a prefill and a decode worker together. A rule is a constant in a file of this folder, and a row in `index.ts`. */
export interface PairRule {
  /** Stable kebab-case name: the code of its reasons. */
  readonly name: string
  /** One sentence. */
  readonly why: string
  /** Whether it looks at how many workers there are. */
  readonly counts: boolean
  check(context: PairContext): Breach | null
}
