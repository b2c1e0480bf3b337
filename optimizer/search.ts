import { createEvaluator } from '../cost-model/evaluate.ts'
import type { Plan } from '../spaces/plan.ts'
import { objectivesOf } from './objective.ts'
import { type PairVisitor, pairWalk } from './pair-search.ts'
import { studySpace } from './plan-space.ts'
import type { Search } from './search-range.ts'
import type { Setting } from './setting.ts'

/** The search that a setting describes; every thread makes its own. */
export function searchOf(setting: Setting): Search<Plan> {
  const { scenario, limits, fidelity } = setting
  const { evaluate, sides } = createEvaluator(scenario)
  const objectives = objectivesOf(setting.objectives)
  const { colocated, pairs, size } = studySpace(setting)
  const first = colocated?.size ?? 0
  const walkPairs = pairs && pairWalk(pairs, scenario, sides, objectives, limits)
  const walk: Search<Plan>['space']['walk'] = (from, to, onPlan, onSkip) => {
    if (from < first) colocated?.walk(from, Math.min(to, first), onPlan, onSkip)
    if (to <= first) return
    const visitor: PairVisitor = {
      onPlan: (index, plan) => onPlan(first + index, plan),
      onSkip: (start, end, reason) => onSkip(first + start, first + end, reason),
    }
    walkPairs?.(Math.max(0, from - first), to - first, visitor)
  }
  return { space: { size, walk }, evaluate, objectives, limits, keepsNear: fidelity === 'replay' }
}
