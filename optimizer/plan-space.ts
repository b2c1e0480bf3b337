import { makePairSpace, type PairSpace } from '../spaces/pair-space.ts'
import type { Plan } from '../spaces/plan.ts'
import { makeSpace, type Space } from '../spaces/space.ts'
import type { Where } from '../spaces/where.ts'
import type { Setting } from './setting.ts'

/** The plans of a study as one number line: those that do both phases on every replica, then those of separate workers. */
export interface PlanSpace {
  readonly size: number
  at(index: number): Plan
  /** -1 where the space does not hold the plan. */
  indexOf(plan: Plan): number
}

export interface StudySpace extends PlanSpace {
  readonly colocated: Space | undefined
  readonly pairs: PairSpace | undefined
}

/** InputError, at `where`, for what either space refuses. */
export function studySpace({ scenario, axes, pairs: spec }: Pick<Setting, 'scenario' | 'axes' | 'pairs'>, where: Where = {}): StudySpace {
  const colocated = spec?.alone === true ? undefined : makeSpace(scenario, axes, where)
  const pairs = spec === undefined ? undefined : makePairSpace(scenario, axes, spec, where)
  const first = colocated?.size ?? 0
  return {
    ...{ colocated, pairs },
    size: first + (pairs?.size ?? 0),
    at: (index) => {
      const space = index < first ? colocated : pairs
      if (space === undefined) throw new Error(`no plan ${index} in a space of ${first}`)
      return space.at(index < first ? index : index - first)
    },
    indexOf: (plan) => {
      if (plan.kind === 'colocated') return colocated?.indexOf(plan) ?? -1
      const index = pairs?.indexOf(plan) ?? -1
      return index < 0 ? -1 : first + index
    },
  }
}
