import { valueForMemory } from '../spaces/engine.ts'
import type { Pool } from '../spaces/fleet.ts'
import { type ColocatedPlan, replicaGpus } from '../spaces/plan.ts'
import { buildLayoutModel, type LayoutModel } from './layout-model.ts'
import { type LayoutMemory, layoutMemory } from './memory.ts'
import type { Scenario } from './scenario.ts'
import type { Load } from './serve/load.ts'
import { requestMoments } from './serve/moments.ts'
import { drawnOf } from './serve/open/drawn.ts'
import { draws } from './serve/open/random.ts'

/** What plans that differ only in batch and chunk share. */
export interface Prepared {
  readonly pool: Pool
  readonly gpus: number
  readonly replicas: number
  readonly layoutMemory: LayoutMemory
  readonly model: LayoutModel
  readonly request: Omit<Load, OfPlan>
  readonly load: Omit<Load, OfPlan> & { -readonly [Field in OfPlan]: Load[Field] }
}

type OfPlan = 'concurrency' | 'chunk' | 'kvSeats'

/** The load of a plan whose KV holds so many requests: one object for all plans of a layout, which holds until the next is asked for. */
export function loadOf({ load }: Pick<Prepared, 'load'>, { batch, chunk }: Pick<ColocatedPlan, 'batch' | 'chunk'>, kvSeats: number): Load {
  load.concurrency = batch
  load.chunk = chunk
  load.kvSeats = kvSeats
  return load
}

function prepare(scenario: Scenario, plan: ColocatedPlan): Prepared {
  const pool = poolOf(scenario, plan)
  const { layout } = plan
  const request = requestOf(scenario, pool, plan)
  return {
    pool,
    gpus: layout.replicas * replicaGpus(layout),
    replicas: layout.replicas,
    layoutMemory: layoutMemory(scenario, pool, plan),
    model: buildLayoutModel(scenario, pool, plan),
    request,
    load: { ...request, concurrency: plan.batch, chunk: plan.chunk, kvSeats: 0 },
  }
}

/** `prepare` that remembers the last plan: neighbours in a space share layout and precision objects. */
export function preparing(scenario: Scenario): (plan: ColocatedPlan) => Prepared {
  let last: ColocatedPlan | undefined
  let prepared: Prepared | undefined
  return (plan) => {
    if (prepared === undefined || last === undefined || !shared(last, plan)) prepared = prepare(scenario, plan)
    last = plan
    return prepared
  }
}

function shared(a: ColocatedPlan, b: ColocatedPlan): boolean {
  return a.layout === b.layout && a.precision === b.precision && a.pool === b.pool && a.speculation === b.speculation
}

/** The pool a plan names; a plan of another fleet is a bug. */
export function poolOf({ pools }: Scenario, { pool }: ColocatedPlan): Pool {
  const found = pools.find(({ id }) => id === pool)
  if (found === undefined) throw new Error(`no pool ${pool}`)
  return found
}

function requestOf({ workload, engine, asked }: Scenario, pool: Pool, { layout, speculation }: ColocatedPlan): Prepared['request'] {
  const drawn = asked === undefined ? undefined : drawnOf(workload, draws)
  return {
    ...requestMoments(workload),
    ...(drawn !== undefined && { drawn }),
    attentionDp: layout.attentionDp,
    pp: layout.pp,
    seats: layout.attentionDp * valueForMemory(engine.scheduler.maxSequences, pool.memory.bytes),
    scheduler: engine.scheduler,
    speculation,
    perRequest: engine.overhead.perRequest,
  }
}
