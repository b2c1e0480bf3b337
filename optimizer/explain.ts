import { explainMemory, explainPlan } from '../cost-model/explain/explain-plan.ts'
import type { Explanation, MemoryExplanation } from '../cost-model/explain/explanation.ts'
import type { ColocatedPlan } from '../spaces/plan.ts'
import { type Estimate, estimatePlan } from './estimate.ts'
import type { Setting } from './setting.ts'
import { statusAt, statusNumber } from './table.ts'

/** What there is to explain of a plan: nothing where it breaks a rule, its memory where it does not fit, everything where it runs. */
export type Explained =
  | { readonly kind: 'illegal'; readonly estimate: Estimate }
  | { readonly kind: 'unfit'; readonly estimate: Estimate; readonly memory: MemoryExplanation }
  | { readonly kind: 'runs'; readonly estimate: Estimate; readonly explanation: Explanation }

/** A plan of a setting, explained as far as it runs. */
export function explainInSetting(setting: Setting, plan: ColocatedPlan): Explained {
  const { scenario } = setting
  const estimate = estimatePlan(setting, plan)
  if (estimate.rejected === null) return { kind: 'runs', estimate, explanation: explainPlan(scenario, plan) }
  const unfit = estimate.row[statusAt] === statusNumber('out-of-memory')
  return unfit ? { kind: 'unfit', estimate, memory: explainMemory(scenario, plan) } : { kind: 'illegal', estimate }
}
