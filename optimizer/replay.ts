import { at } from '../cost-model/column.ts'
import type { Arrivals } from '../cost-model/serve/replay/arrivals.ts'
import { byClass, type ClassSummary } from '../cost-model/serve/replay/by-class.ts'
import { type Overload, overloadOf } from '../cost-model/serve/replay/overload.ts'
import { makePairReplicas } from '../cost-model/serve/replay/pair/plan.ts'
import { decoding, replayPair, type Stages } from '../cost-model/serve/replay/pair/replay-pair.ts'
import { replicaOf } from '../cost-model/serve/replay/plan.ts'
import { type Replayed, replay } from '../cost-model/serve/replay/replay.ts'
import type { Routing } from '../cost-model/serve/replay/route.ts'
import { type ReplaySlo, type ReplaySummary, summarise } from '../cost-model/serve/replay/summary.ts'
import type { TooLong } from '../cost-model/serve/replay/too-long.ts'
import { InputError } from '../spaces/issue.ts'
import type { ColocatedPlan, DisaggregatedPlan, Plan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { classesOf } from '../spaces/workload.ts'
import { estimatePlan } from './estimate.ts'
import { type ReplayLoad, type ReplicaLoad, replicaLoad } from './replay-load.ts'
import type { Setting } from './setting.ts'

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
      /** How many of them were simulated: one with its part of the load, or all. */
      readonly simulated: number
      readonly routing: Routing
      readonly seed: number
      /** Of separate workers: how many, and when each request passed from one to the other. */
      readonly workers?: { readonly prefill: number; readonly decode: number }
      readonly stages?: Stages
    }

/**
 * Replays one replica of a plan, or all of them, or all workers of separate phases; a reason where the plan cannot run, or cannot hold one of the
 * requests.
 */
export function replayPlan(setting: Setting, plan: Plan, load: ReplayLoad): ReplayOutcome {
  const { rejected, row } = estimatePlan(setting, plan)
  if (rejected !== null) return { kind: 'rejected', reason: rejected }
  return plan.kind === 'colocated' ? replayReplicas(setting, plan, load) : replayWorkers(setting, plan, load, row[at.concurrency]!)
}

function replayReplicas(setting: Setting, plan: ColocatedPlan, load: ReplayLoad): ReplayOutcome {
  const replica = replicaOf(setting.scenario, plan, load.kvBlocks)
  if (!('kind' in replica)) return { kind: 'rejected', reason: replica }
  const { engine, step, replicas } = replica
  const of = replicaLoad(setting, { replicas, batch: plan.batch }, load)
  const { requests, arrivals, simulated, routing, numbers } = of
  const replayed = replay({ engine, step, requests, arrivals, seed: load.seed, replicas: simulated, routing })
  if (replayed.kind === 'too-long') return { kind: 'rejected', reason: tooLong(replayed, numbers) }
  return { ...summarised(setting, replayed, load), overload: overloadOf(replayed, arrivals), replicas, ...loadOf(of) }
}

/** `concurrency`: requests in the system of the closed form. InputError for KV blocks, which the two sides do not share. */
function replayWorkers(setting: Setting, plan: DisaggregatedPlan, load: ReplayLoad, concurrency: number): ReplayOutcome {
  if (load.kvBlocks !== undefined) throw new InputError({ path: '--kv-blocks', ...ofOneSide })
  const of = replicaLoad(setting, { replicas: 1, batch: Math.max(1, Math.round(concurrency)) }, { ...load, replicas: 'all' })
  const { requests, arrivals, routing, numbers } = of
  const pair = makePairReplicas(setting.scenario)(plan, arrivals.kind !== 'closed')
  if (!('kind' in pair)) return { kind: 'rejected', reason: pair }
  const replayed = replayPair({ ...pair.input, requests, arrivals, seed: load.seed, routing })
  if (replayed.kind === 'too-long') return { kind: 'rejected', reason: tooLong(replayed, numbers) }
  const { stages } = replayed
  const overload = overloadOf(decoding(replayed), arrivals)
  const workers = { prefill: plan.prefillWorkers, decode: plan.decodeWorkers }
  return { ...summarised(setting, replayed, load), overload, replicas: 1, ...loadOf(of), workers, stages }
}

const ofOneSide = { code: 'conflict', message: 'prefill and decode workers have KV blocks of their own', suggestion: 'leave it out' }

function loadOf({ arrivals, simulated, routing }: ReplicaLoad): Pick<ReplicaLoad, 'arrivals' | 'simulated' | 'routing'> {
  return { arrivals, simulated, routing }
}

function summarised(setting: Setting, replayed: Replayed, { trace, seed }: ReplayLoad) {
  const slo = sloOf(setting)
  // A trace's requests are of no class.
  const classes = trace === undefined ? classesOf(setting.scenario.workload) : []
  const [names, ofClass] = [classes.map(({ name }) => name), classes.map((c) => c.slo)]
  const summary = summarise(replayed, slo, ofClass)
  return { kind: 'replayed' as const, replayed, summary, classes: byClass(replayed, names, slo, ofClass), slo, seed }
}

function tooLong({ request, isl, osl, needed, capacity }: TooLong, numbers: Int32Array | undefined): Reason {
  return {
    code: 'too-long',
    message: `request ${numbers?.[request] ?? request} of ${isl} prompt and ${osl} output tokens needs ${needed} tokens of KV, and a scheduler has ${capacity}`,
    numbers: { needed, capacity },
  }
}

function sloOf({ limits }: Setting): ReplaySlo {
  const limit = (code: string) => limits.find((l) => l.code === code)?.value ?? Number.POSITIVE_INFINITY
  return { ttft: limit('slo-ttft'), tpot: limit('slo-tpot'), e2e: limit('slo-e2e') }
}
