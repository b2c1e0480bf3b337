import { memoryAt } from '../../../cost-model/memory.ts'
import { preparing } from '../../../cost-model/prepare.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import type { Load } from '../../../cost-model/serve/load.ts'
import { type Replica, replicaOf } from '../../../cost-model/serve/replay/plan.ts'
import type { Catalog } from '../../../spaces/catalog.ts'
import { makePool } from '../../../spaces/fleet.ts'
import type { Length } from '../../../spaces/length.ts'
import { type ColocatedPlan, replicaGpus } from '../../../spaces/plan.ts'
import { completeLayout } from '../../../spaces/plan-key.ts'
import { makeRng, type Rng } from '../../../spaces/rng.ts'
import { expertCounts } from '../../../spaces/rules/experts.ts'
import { firstBrokenRule } from '../../../spaces/rules/index.ts'
import { loadCalibration } from '../../calibration.ts'
import type { Spec } from './spec.ts'

/** A plan that runs, what is asked of it, and one replica of it ready to be replayed. */
export interface Point {
  readonly scenario: Scenario
  readonly plan: ColocatedPlan
  readonly replica: Replica
  readonly load: Load
  /** Requests whose KV fits at once, as the engine's admission counts it and as they hold it. */
  readonly kvSlots: number
  /** Part of the rate that the replica can bear, in open loop. */
  readonly share: number
  readonly seed: number
}

const tries = 1000

/** Point `i` of a series: the same whatever the others are. Draws that break a rule or do not fit are drawn again. */
export function pointAt(spec: Spec, catalog: Catalog, i: number): Point {
  const rng = makeRng(spec.seed, i)
  for (let t = 0; t < tries; t++) {
    const point = drawn(spec, catalog, rng)
    if (point !== undefined) return { ...point, seed: spec.seed + i }
  }
  throw new Error(`no plan runs after ${tries} draws of point ${i}`)
}

function drawn(spec: Spec, catalog: Catalog, rng: Rng): Omit<Point, 'seed'> | undefined {
  const one = <T>(values: readonly T[]): T => values[rng.below(values.length)]!
  const between = ({ from, to }: { readonly from: number; readonly to: number }) => Math.round(from * (to / from) ** rng.uniform())
  const [model, engine] = [catalog.model(one(spec.models)), catalog.engine(one(spec.engines))]
  const [pp, attentionDp, tp] = [one(spec.widths.pp), one(spec.widths.attentionDp), one(spec.widths.tp)]
  const stage = attentionDp * tp
  const ep = expertCounts(model).length > 0 && rng.below(2) === 1 ? stage : 1
  const layout = completeLayout({
    ...{ replicas: 1, pp, sp: 1, spKind: undefined, attentionDp, tp, dcp: 1 },
    ...{ ep, moeTp: stage / ep, moeDp: 1, redundantExperts: 0 },
  })
  const gpus = replicaGpus(layout)
  const pool = makePool({ gpu: one(spec.gpus), gpus, gpusPerNode: Math.min(8, gpus), scaleOutBandwidth: 5e10 }, catalog)
  const length = (tokens: number, cv: number): Length => (cv === 0 ? { kind: 'fixed', tokens } : { kind: 'lognormal', mean: tokens, cv })
  const workload = {
    ...{ id: 'random', name: 'Random', prefixHit: one(spec.prefixHit) },
    ...{ isl: length(between(spec.isl), one(spec.islCv)), osl: length(between(spec.osl), one(spec.oslCv)) },
  }
  const precision = { weights: one(spec.weights), activations: 'bf16', kv: 'bf16', comm: 'bf16' }
  const chunk = one(spec.chunk)
  const [u, share] = [rng.uniform(), spec.load.from + (spec.load.to - spec.load.from) * rng.uniform()]
  const scenario: Scenario = { model, pools: [pool], engine, workload, calibration: loadCalibration() }
  const planOf = (batch: number): ColocatedPlan => ({ kind: 'colocated', pool: pool.id, layout, precision, batch, chunk })
  if (firstBrokenRule({ ...scenario, pool, plan: planOf(attentionDp) }) !== null) return undefined
  const { layoutMemory, request } = preparing(scenario)(planOf(1))
  const memory = memoryAt(layoutMemory, planOf(1))
  if (memory.verdict !== null) return undefined
  const most = Math.min(spec.batch.most, request.seats, spec.batch.ofKv * memory.seats.mean)
  const batch = Math.max(attentionDp, Math.floor(most ** u))
  const plan = planOf(batch)
  const replica = replicaOf(scenario, plan)
  if (!('kind' in replica) || firstBrokenRule({ ...scenario, pool, plan }) !== null) return undefined
  const load = { ...request, concurrency: batch, chunk, kvSeats: memory.seats.reserved }
  return { scenario, plan, replica, load, kvSlots: Math.min(memory.seats.mean, memory.seats.reserved), share }
}
