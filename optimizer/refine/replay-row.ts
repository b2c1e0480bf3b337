import { rescaleBands } from '../../cost-model/bands/write.ts'
import { at } from '../../cost-model/column.ts'
import { putGaps, putReplayed, type ReplicaServed } from '../../cost-model/replayed.ts'
import { overloadOf } from '../../cost-model/serve/replay/overload.ts'
import { makeReplicas, type Replica } from '../../cost-model/serve/replay/plan.ts'
import { replay, type TooLong } from '../../cost-model/serve/replay/replay.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import type { Reason } from '../../spaces/reason.ts'
import { makeSpace } from '../../spaces/space.ts'
import { firstMiss } from '../limit.ts'
import type { Setting } from '../setting.ts'
import { okStatus, statusAt, statusNumber } from '../table.ts'
import { replicaLoad } from './replica-load.ts'

/** A plan to replay, by its number in the space, with its values in closed form. */
export interface ReplayTask {
  readonly index: number
  readonly row: Float64Array
}

/** Its values by replay; or why there are none. */
export type ReplayedRow = { readonly kind: 'replayed'; readonly row: Float64Array } | { readonly kind: 'refused'; readonly reason: Reason }

export type Replayer = (task: ReplayTask) => ReplayedRow

/** Replays plans of a setting, one after another: those with the same layout share its step times. */
export function replayerOf(setting: Setting): Replayer {
  const { scenario, axes, limits } = setting
  const space = makeSpace(scenario, axes)
  const replicaOf = makeReplicas(scenario)
  return ({ index, row: closed }) => {
    const plan = space.at(index)
    const replica = replicaOf(plan)
    if (!('kind' in replica)) return { kind: 'refused', reason: replica }
    const served = serve(setting, plan, replica, closed[at.e2e_ms]!)
    if ('code' in served) return { kind: 'refused', reason: served }
    const row = closed.slice()
    const put = (position: number, value: number) => {
      row[position] = value
    }
    putReplayed(put, scenario, replica.prepared, served)
    putGaps(put, closed, row)
    rescaleBands(row, closed)
    row[statusAt] = firstMiss(limits, row, 0) === undefined ? okStatus : statusNumber('misses-slo')
    return { kind: 'replayed', row }
  }
}

function serve({ scenario }: Setting, plan: ColocatedPlan, { engine, step }: Replica, e2e: number): ReplicaServed | Reason {
  const { requests, arrivals, seed, window, measure } = replicaLoad(scenario, plan, e2e)
  // In open loop the batch of a plan is the most requests its replicas run at once.
  const seats = arrivals.kind === 'closed' ? engine.seats : Math.min(engine.seats, Math.ceil(plan.batch / engine.attentionDp))
  const replayed = replay({ engine: { ...engine, seats }, step, requests, arrivals, seed, window })
  if (replayed.kind === 'too-long') return tooLong(replayed)
  const overload = overloadOf(replayed, arrivals)
  if (overload !== undefined) return { kind: 'overloaded', requestsPerSecond: overload.capacity }
  const measured = measure(replayed)
  return measured === undefined ? neverSteady : { kind: 'served', measured }
}

const neverSteady: Reason = { code: 'never-steady', message: 'the replay ended before it came to a steady state', numbers: {} }

function tooLong({ isl, osl, needed, capacity }: TooLong): Reason {
  const message = `a request of ${isl} prompt and ${osl} output tokens needs ${needed} tokens of KV, and a scheduler has ${capacity}`
  return { code: 'too-long', message, numbers: { needed, capacity } }
}
