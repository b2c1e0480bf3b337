import { createEvaluator } from '../cost-model/evaluate.ts'
import { makeSpace } from '../spaces/space.ts'
import { objectivesOf } from './objective.ts'
import type { Search } from './search-range.ts'
import type { Setting } from './setting.ts'

/** The search that a setting describes; every thread makes its own. */
export function searchOf({ scenario, axes, objectives, limits, fidelity }: Setting): Search {
  const { evaluate } = createEvaluator(scenario)
  const keepsNear = fidelity === 'replay'
  return { space: makeSpace(scenario, axes), evaluate, objectives: objectivesOf(objectives), limits, keepsNear }
}
