import type { Arrivals } from '../cost-model/serve/replay/arrivals.ts'
import { byClass, type ClassSummary } from '../cost-model/serve/replay/by-class.ts'
import { type Overload, overloadOf } from '../cost-model/serve/replay/overload.ts'
import { replicaOf } from '../cost-model/serve/replay/plan.ts'
import { type Replayed, replay, type TooLong } from '../cost-model/serve/replay/replay.ts'
import type { Routing } from '../cost-model/serve/replay/route.ts'
import { type ReplaySlo, type ReplaySummary, summarise } from '../cost-model/serve/replay/summary.ts'
import type { Plan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { classesOf } from '../spaces/workload.ts'
import { estimatePlan } from './estimate.ts'
import { type ReplayLoad, replicaLoad } from './replay-load.ts'
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
    }

const notReplayed: Reason = {
  code: 'replay-separate-workers',
  message: 'separate prefill and decode workers are not replayed yet',
  numbers: {},
}

/** Replays one replica of a plan, or all of them; a reason where the plan cannot run, or cannot hold one of the requests. */
export function replayPlan(setting: Setting, plan: Plan, load: ReplayLoad): ReplayOutcome {
  if (plan.kind === 'disaggregated') return { kind: 'rejected', reason: notReplayed }
  const { rejected } = estimatePlan(setting, plan)
  if (rejected !== null) return { kind: 'rejected', reason: rejected }
  const replica = replicaOf(setting.scenario, plan, load.kvBlocks)
  if (!('kind' in replica)) return { kind: 'rejected', reason: replica }
  const { engine, step, replicas } = replica
  const { requests, arrivals, simulated, routing, numbers } = replicaLoad(setting, plan, load)
  const replayed = replay({ engine, step, requests, arrivals, seed: load.seed, replicas: simulated, routing })
  if (replayed.kind === 'too-long') return { kind: 'rejected', reason: tooLong(replayed, numbers) }
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
    simulated,
    routing,
    seed: load.seed,
  }
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
