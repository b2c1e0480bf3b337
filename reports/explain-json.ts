import type { Explained } from '../optimizer/explain.ts'
import type { ExplainOutput } from '../optimizer/explain-schema.ts'
import type { FoundPlan } from '../optimizer/find-plan.ts'
import { resultVersion } from '../optimizer/result-schema.ts'
import type { Setting } from '../optimizer/setting.ts'
import { planKey } from '../spaces/plan-key.ts'

/** What `explain --json` says: the explanation as far as the plan runs, and what it is of. */
export function explanationJson(setting: Setting, found: FoundPlan, explained: Explained, version: string): ExplainOutput {
  const { study, studyHash, catalogHash } = setting
  const { rejected, misses } = explained.estimate
  return {
    schemaVersion: resultVersion,
    tool: { name: 'fleetfront', version },
    study,
    studyHash,
    catalogHash,
    plan: planKey(found.plan),
    index: found.index ?? null,
    rejected,
    misses: [...misses],
    ...parts(explained),
  }
}

function parts(explained: Explained) {
  switch (explained.kind) {
    case 'illegal':
      return { phases: [], memory: null, request: null, whatHelps: [] }
    case 'unfit':
      return { phases: [], memory: explained.memory, request: null, whatHelps: [] }
    case 'runs':
      return explained.explanation
  }
}
