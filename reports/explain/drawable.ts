import type { Phase } from '../../cost-model/graph.ts'
import type { Explained } from '../../optimizer/explain.ts'
import type { FoundPlan } from '../../optimizer/find-plan.ts'
import type { Setting } from '../../optimizer/setting.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { studyFacts } from '../facts.ts'
import { namedLinks } from './named-links.ts'
import type { ExplainedPlan } from './page.ts'

/** What can be drawn of a plan, of one phase alone or of both; undefined where it does not run. */
export function drawable(
  setting: Setting,
  { plan, why }: FoundPlan<ColocatedPlan>,
  explained: Explained,
  phase?: Phase,
): ExplainedPlan | undefined {
  if (explained.kind !== 'runs') return undefined
  const pool = setting.scenario.pools.find(({ id }) => id === plan.pool)
  const { phases, ...rest } = pool === undefined ? explained.explanation : namedLinks(explained.explanation, pool)
  return {
    title: setting.name,
    plan: planKey(plan),
    facts: [...(why === undefined ? [] : [['chosen', why] as const]), ...studyFacts(setting)],
    notes: [...explained.estimate.misses.map(({ message }) => `Misses: ${message}`), ...setting.warnings],
    explanation: { ...rest, phases: phases.filter((p) => phase === undefined || p.phase === phase) },
  }
}
