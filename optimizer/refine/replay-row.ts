import { rescaleBands } from '../../cost-model/bands/write.ts'
import { at } from '../../cost-model/column.ts'
import { type Deployed, putGaps, putReplayed, type ReplicaServed } from '../../cost-model/replayed.ts'
import type { Measured } from '../../cost-model/serve/replay/measured.ts'
import { type Overload, overloadOf } from '../../cost-model/serve/replay/overload.ts'
import { makePairReplicas } from '../../cost-model/serve/replay/pair/plan.ts'
import { decodeSeconds, decoding, replayPair } from '../../cost-model/serve/replay/pair/replay-pair.ts'
import { makeReplicas } from '../../cost-model/serve/replay/plan.ts'
import { replay } from '../../cost-model/serve/replay/replay.ts'
import type { TooLong } from '../../cost-model/serve/replay/too-long.ts'
import type { ColocatedPlan, DisaggregatedPlan } from '../../spaces/plan.ts'
import type { Reason } from '../../spaces/reason.ts'
import { firstMiss } from '../limit.ts'
import { studySpace } from '../plan-space.ts'
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
  const { limits } = setting
  const space = studySpace(setting)
  const servedBy = { replicas: replicasServe(setting), workers: workersServe(setting) }
  return ({ index, row: closed }) => {
    const plan = space.at(index)
    const found = plan.kind === 'colocated' ? servedBy.replicas(plan, closed) : servedBy.workers(plan, closed)
    if ('code' in found) return { kind: 'refused', reason: found }
    const row = closed.slice()
    const put = (position: number, value: number) => {
      row[position] = value
    }
    putReplayed(put, setting.scenario, found.deployed, found.served)
    putGaps(put, closed, row)
    rescaleBands(row, closed)
    row[statusAt] = firstMiss(limits, row, 0) === undefined ? okStatus : statusNumber('misses-slo')
    return { kind: 'replayed', row }
  }
}

interface Found {
  readonly deployed: Deployed
  readonly served: ReplicaServed
}

function replicasServe({ scenario }: Setting): (plan: ColocatedPlan, closed: Float64Array) => Found | Reason {
  const replicaOf = makeReplicas(scenario)
  return (plan, closed) => {
    const replica = replicaOf(plan)
    if (!('kind' in replica)) return replica
    const { engine, step, prepared } = replica
    const { replicas, pool, gpus, request } = prepared
    const { requests, arrivals, seed, window, measure } = replicaLoad(scenario, { batch: plan.batch, replicas }, closed[at.e2e_ms]!)
    // In open loop the batch of a plan is the most requests its replicas run at once.
    const seats = arrivals.kind === 'closed' ? engine.seats : Math.min(engine.seats, Math.ceil(plan.batch / engine.attentionDp))
    const replayed = replay({ engine: { ...engine, seats }, step, requests, arrivals, seed, window })
    if (replayed.kind === 'too-long') return tooLong(replayed)
    const served = servedOf(overloadOf(replayed, arrivals), () => measure(replayed))
    return 'code' in served ? served : { deployed: { replicas, parts: [{ pool, gpus }], request }, served }
  }
}

/** All workers of a pair, in closed loop with as many requests as the closed form keeps in the system. */
function workersServe({ scenario }: Setting): (plan: DisaggregatedPlan, closed: Float64Array) => Found | Reason {
  const pairOf = makePairReplicas(scenario)
  return (plan, closed) => {
    const pair = pairOf(plan, scenario.arrivals !== undefined)
    if (!('kind' in pair)) return pair
    const batch = Math.max(1, Math.round(closed[at.concurrency]!))
    const { requests, arrivals, seed, window, measure } = replicaLoad(scenario, { batch, replicas: 1 }, closed[at.e2e_ms]!)
    const replayed = replayPair({ ...pair.input, requests, arrivals, seed, window })
    if (replayed.kind === 'too-long') return tooLong(replayed)
    const served = servedOf(overloadOf(decoding(replayed), arrivals), () => {
      const measured = measure(replayed)
      return measured && { ...measured, running: (measured.requestsPerSecond * decodeSeconds(replayed)) / plan.decodeWorkers }
    })
    return 'code' in served ? served : { deployed: { replicas: 1, parts: pair.parts, request: pair.request }, served }
  }
}

function servedOf(overload: Overload | undefined, measure: () => Measured | undefined): ReplicaServed | Reason {
  if (overload !== undefined) return { kind: 'overloaded', requestsPerSecond: overload.capacity }
  const measured = measure()
  return measured === undefined ? neverSteady : { kind: 'served', measured }
}

const neverSteady: Reason = { code: 'never-steady', message: 'the replay ended before it came to a steady state', numbers: {} }

function tooLong({ isl, osl, needed, capacity }: TooLong): Reason {
  const message = `a request of ${isl} prompt and ${osl} output tokens needs ${needed} tokens of KV, and a scheduler has ${capacity}`
  return { code: 'too-long', message, numbers: { needed, capacity } }
}
