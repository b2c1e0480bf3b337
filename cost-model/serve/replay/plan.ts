import { valueForMemory } from '../../../spaces/engine.ts'
import type { ColocatedPlan } from '../../../spaces/plan.ts'
import { planKey } from '../../../spaces/plan-key.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { withHost } from '../../host.ts'
import { memoryAt } from '../../memory.ts'
import { type Prepared, preparing } from '../../prepare.ts'
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
  readonly prepared: Prepared
}

/** The engine and the step times of a plan; a reason where it cannot run or be replayed. `blocks` pins the KV blocks of a rank. */
export function replicaOf(scenario: Scenario, plan: ColocatedPlan, blocks?: number): Replica | Reason {
  return makeReplicas(scenario)(plan, blocks)
}

/** Layouts whose step times are remembered: a megabyte each. */
const mostLayouts = 8

/** `replicaOf` that remembers the step times of the last layouts: plans that differ in batch and chunk alone take the same steps. */
export function makeReplicas(scenario: Scenario): (plan: ColocatedPlan, blocks?: number) => Replica | Reason {
  const { engine } = scenario
  const preparedOf = preparing(scenario)
  const layouts = new Map<string, Pick<Replica, 'step' | 'prepared'>>()
  const layoutOf = (plan: ColocatedPlan) => {
    const key = planKey({ ...plan, batch: 1, chunk: 1 })
    const known = layouts.get(key)
    if (known !== undefined) return known
    const prepared = preparedOf(plan)
    const { attentionDp } = plan.layout
    const made = { prepared, step: tabulated((shape) => withHost(engine, stepTime(prepared.model, shape), shape, attentionDp)) }
    if (layouts.size === mostLayouts) layouts.delete(layouts.keys().next().value!)
    layouts.set(key, made)
    return made
  }
  return (plan, blocks) => {
    const { prepared, step } = layoutOf(plan)
    const { layoutMemory, request, replicas, pool } = prepared
    const memory = memoryAt(layoutMemory, plan)
    if (memory.verdict !== null) return memory.verdict
    const { attentionDp, pp } = plan.layout
    const { blockTokens } = engine.memory
    return {
      kind: 'ready',
      replicas,
      prepared,
      step,
      engine: {
        scheduler: engine.scheduler,
        budget: plan.chunk,
        seats: valueForMemory(engine.scheduler.maxSequences, pool.memory.bytes),
        blockTokens,
        blocks: blocks ?? Math.floor(memory.kvCapacityTokens / attentionDp / blockTokens),
        prefixRecovery: true,
        speculation: plan.speculation,
        attentionDp,
        pp,
        perRequest: request.perRequest,
      },
    }
  }
}
