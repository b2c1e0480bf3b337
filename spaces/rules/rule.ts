import type { Engine } from '../engine.ts'
import type { Pool } from '../fleet.ts'
import type { Model } from '../model.ts'
import type { ColocatedPlan } from '../plan.ts'
import type { Workload } from '../workload.ts'

/** Parts of a plan in the order in which a space fixes them: a rule is asked as soon as the last part it looks at is fixed. */
export const parts = [
  /** replicas, pp, and so the GPUs of a stage */
  'pipeline',
  /** attentionDp, sp, spKind, tp, dcp, ffnTp, ffnDp */
  'attention',
  /** ep, moeTp, moeDp, redundantExperts */
  'experts',
  'weights',
  'activations',
  'kv',
  'comm',
  'speculation',
  'batch',
  'chunk',
] as const
export type Part = (typeof parts)[number]

export interface RuleContext {
  readonly model: Model
  readonly engine: Engine
  readonly pool: Pool
  readonly workload: Workload
  readonly plan: ColocatedPlan
  /** The phase that the plan serves where prefill and decode are separate; absent: both. */
  readonly role?: 'prefill' | 'decode'
}

/** How a plan breaks a rule: one sentence with the numbers in it, and the numbers. */
export interface Breach {
  readonly message: string
  readonly numbers: Readonly<Record<string, number | string>>
}

/** One condition that a plan must meet to run at all. A rule is a constant in a file of this folder, and a row in `index.ts`. */
export interface Rule {
  /** Stable kebab-case name: the code of its reasons. */
  readonly name: string
  /** One sentence. */
  readonly why: string
  /** What `check` reads of the plan, and nothing else; empty: the plan does not matter. */
  readonly needs: readonly Part[]
  check(context: RuleContext): Breach | null
}
