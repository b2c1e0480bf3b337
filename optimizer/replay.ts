import type { Arrivals } from '../cost-model/serve/replay/arrivals.ts'
import { byClass, type ClassSummary } from '../cost-model/serve/replay/by-class.ts'
import { type Overload, overloadOf } from '../cost-model/serve/replay/overload.ts'
import { replicaOf } from '../cost-model/serve/replay/plan.ts'
import { type Replayed, replay, type TooLong } from '../cost-model/serve/replay/replay.ts'
import { drawMixture, type Requests } from '../cost-model/serve/replay/requests.ts'
import { type ReplaySlo, type ReplaySummary, summarise } from '../cost-model/serve/replay/summary.ts'
import type { ColocatedPlan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { classesOf } from '../spaces/workload.ts'
import { estimatePlan } from './estimate.ts'
import type { Setting } from './setting.ts'
import type { Trace } from './trace/trace.ts'

/** What to put a plan through. Without a trace, a rate or a concurrency: a closed loop at the plan's batch. */
export interface ReplayLoad {
  readonly trace?: Trace | undefined
  /** Requests per second, and requests in the system, of the whole deployment. */
  readonly rate?: number | undefined
  readonly concurrency?: number | undefined
  /** Requests of one replica. */
  readonly requests?: number | undefined
  /** KV blocks of one scheduler, where they are known (vLLM's num_gpu_blocks); absent: as many as the plan's memory gives. */
  readonly kvBlocks?: number | undefined
  readonly seed: number
}

/** One replica's part of a load. */
export interface ReplicaLoad {
  readonly requests: Requests
  readonly arrivals: Arrivals
}

export type ReplayOutcome =
  | { readonly kind: 'rejected'; readonly reason: Reason }
  | {
      readonly kind: 'replayed'
      readonly replayed: Replayed
      readonly summary: ReplaySummary
      /** Of a mixture: what each class saw. */
      readonly classes: readonly ClassSummary[]
      readonly slo: ReplaySlo
      readonly overload: Overload | undefined
      readonly arrivals: Arrivals
      readonly replicas: number
      readonly seed: number
    }

/** Replays one replica of a plan; a reason where the plan cannot run, or cannot hold one of the requests. */
export function replayPlan(setting: Setting, plan: ColocatedPlan, load: ReplayLoad): ReplayOutcome {
  const { rejected } = estimatePlan(setting, plan)
  if (rejected !== null) return { kind: 'rejected', reason: rejected }
  const replica = replicaOf(setting.scenario, plan, load.kvBlocks)
  if (!('kind' in replica)) return { kind: 'rejected', reason: replica }
  const { engine, step, replicas } = replica
  const { requests, arrivals } = replicaLoad(setting, plan, load, replicas)
  const replayed = replay({ engine, step, requests, arrivals, seed: load.seed })
  if (replayed.kind === 'too-long') return { kind: 'rejected', reason: tooLong(replayed, load.trace === undefined ? 1 : replicas) }
  const slo = sloOf(setting)
  // A trace's requests are of no class.
  const classes = load.trace === undefined ? classesOf(setting.scenario.workload) : []
  const [names, ofClass] = [classes.map(({ name }) => name), classes.map((c) => c.slo)]
  return {
    kind: 'replayed',
    replayed,
    summary: summarise(replayed, slo, ofClass),
    classes: byClass(replayed, names, slo, ofClass),
    slo,
    overload: overloadOf(replayed, arrivals),
    arrivals,
    replicas,
    seed: load.seed,
  }
}

/** Closed loops of ten prompts per slot, as InferenceX measures them, where the workload names no benchmark; enough for a p99 in open loop. */
const tenPerSlot = 10
const openRequests = 5000

function replicaLoad({ scenario }: Setting, plan: ColocatedPlan, load: ReplayLoad, replicas: number): ReplicaLoad {
  if (load.trace !== undefined) return partOfTrace(load.trace, replicas, load.requests)
  const { workload } = scenario
  const concurrency = load.concurrency === undefined ? plan.batch : Math.max(1, Math.round(load.concurrency / replicas))
  const arrivals: Arrivals =
    load.rate === undefined ? { kind: 'closed', concurrency, ramp: 0 } : { kind: 'poisson', rate: load.rate / replicas }
  const count =
    load.requests ?? (load.rate === undefined ? Math.ceil((workload.benchmark?.promptsPerSlot ?? tenPerSlot) * concurrency) : openRequests)
  return { requests: drawMixture(classesOf(workload), count, load.seed), arrivals }
}

/** What goes to the first of several replicas that take turns. */
function partOfTrace({ times, isl, osl, cached }: Trace, replicas: number, most = Number.POSITIVE_INFINITY): ReplicaLoad {
  const count = Math.min(most, Math.ceil(times.length / replicas))
  const part = <T extends Int32Array | Float64Array>(column: T) => column.filter((_, i) => i % replicas === 0).subarray(0, count) as T
  return { requests: { isl: part(isl), osl: part(osl), cached: part(cached) }, arrivals: { kind: 'trace', times: part(times) } }
}

/** The replica takes every n-th request. */
function tooLong({ request, isl, osl, needed, capacity }: TooLong, nth: number): Reason {
  return {
    code: 'too-long',
    message: `request ${nth * request} of ${isl} prompt and ${osl} output tokens needs ${needed} tokens of KV, and a scheduler has ${capacity}`,
    numbers: { needed, capacity },
  }
}

function sloOf({ limits }: Setting): ReplaySlo {
  const limit = (code: string) => limits.find((l) => l.code === code)?.value ?? Number.POSITIVE_INFINITY
  return { ttft: limit('slo-ttft'), tpot: limit('slo-tpot'), e2e: limit('slo-e2e') }
}
