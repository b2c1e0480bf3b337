import { valueForMemory } from '../../../spaces/engine.ts'
import type { ColocatedPlan } from '../../../spaces/plan.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { withHost } from '../../host.ts'
import { memoryAt } from '../../memory.ts'
import { preparing } from '../../prepare.ts'
import type { Scenario } from '../../scenario.ts'
import { stepTime } from '../../step.ts'
import type { StepFunction } from '../load.ts'
import type { ReplayEngine } from './engine.ts'
import { tabulated } from './table.ts'

/** One replica of a plan, ready to be replayed. */
export interface Replica {
  readonly kind: 'ready'
  readonly engine: ReplayEngine
  readonly step: StepFunction
  readonly replicas: number
}

/** The engine and the step times of a plan; a reason where it cannot run or be replayed. `blocks` pins the KV blocks of a rank. */
export function replicaOf(scenario: Scenario, plan: ColocatedPlan, blocks?: number): Replica | Reason {
  if (plan.speculation !== undefined) return speculates
  const { engine } = scenario
  const { layoutMemory, model, request, replicas, pool } = preparing(scenario)(plan)
  const memory = memoryAt(layoutMemory, plan)
  if (memory.verdict !== null) return memory.verdict
  const { attentionDp, pp } = plan.layout
  const { blockTokens } = engine.memory
  return {
    kind: 'ready',
    replicas,
    engine: {
      scheduler: engine.scheduler,
      budget: plan.chunk,
      seats: valueForMemory(engine.scheduler.maxSequences, pool.memory.bytes),
      blockTokens,
      blocks: blocks ?? Math.floor(memory.kvCapacityTokens / attentionDp / blockTokens),
      prefixRecovery: true,
      attentionDp,
      pp,
      perRequest: request.perRequest,
    },
    step: tabulated((shape) => withHost(engine, stepTime(model, shape), shape, attentionDp)),
  }
}

const speculates: Reason = { code: 'speculation', message: 'a plan that speculates is not replayed yet', numbers: {} }
