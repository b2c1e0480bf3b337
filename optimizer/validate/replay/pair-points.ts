import { evaluate } from '../../../cost-model/evaluate.ts'
import { preparingPairs } from '../../../cost-model/evaluate-pair.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import { decodeRate } from '../../../cost-model/serve/disaggregated/decode.ts'
import { prefillCapacity } from '../../../cost-model/serve/disaggregated/prefill.ts'
import { workerSides } from '../../../cost-model/worker-side.ts'
import type { Catalog } from '../../../spaces/catalog.ts'
import { makePool } from '../../../spaces/fleet.ts'
import type { Length } from '../../../spaces/length.ts'
import { firstBrokenPairRule } from '../../../spaces/pair-rules/index.ts'
import type { ColocatedPlan, DisaggregatedPlan } from '../../../spaces/plan.ts'
import { completeLayout } from '../../../spaces/plan-key.ts'
import { makeRng, type Rng } from '../../../spaces/rng.ts'
import { loadCalibration } from '../../calibration.ts'
import type { Spec } from './spec.ts'

/** A pair of workers that runs, what it serves, and how busy its prefill workers are then. */
export interface PairPoint {
  readonly scenario: Scenario
  readonly plan: DisaggregatedPlan
  readonly busy: number
  readonly share: number
  readonly seed: number
}

const tries = 3000
/** GPUs of the pool, more than any of these pairs takes. */
const gpus = 512

/** Pair `i` of a series: the same whatever the others are. Draws that break a rule, do not fit or do not keep up are drawn again. */
export function pairPointAt(spec: Spec, catalog: Catalog, i: number): PairPoint {
  const rng = makeRng(spec.seed + 1, i)
  for (let t = 0; t < tries; t++) {
    const point = drawn(spec, catalog, rng)
    if (point !== undefined) return { ...point, seed: spec.seed + i }
  }
  throw new Error(`no pair runs after ${tries} draws of point ${i}`)
}

function drawn(spec: Spec, catalog: Catalog, rng: Rng): Omit<PairPoint, 'seed'> | undefined {
  const one = <T>(values: readonly T[]): T => values[rng.below(values.length)]!
  const between = ({ from, to }: { readonly from: number; readonly to: number }) => Math.round(from * (to / from) ** rng.uniform())
  const [model, engine] = [catalog.model(one(spec.models)), catalog.engine(one(spec.engines))]
  const gpu = one(spec.gpus)
  const pool = makePool({ gpu, gpus, gpusPerNode: 8, scaleOutBandwidth: 5e10 }, catalog)
  const length = (tokens: number, cv: number): Length => (cv === 0 ? { kind: 'fixed', tokens } : { kind: 'lognormal', mean: tokens, cv })
  const workload = {
    ...{ id: 'random', name: 'Random', prefixHit: one(spec.prefixHit) },
    ...{ isl: length(between(spec.isl), one(spec.islCv)), osl: length(Math.max(32, between(spec.osl)), one(spec.oslCv)) },
  }
  const scenario: Scenario = { model, pools: [pool], engine, workload, calibration: loadCalibration() }
  const precision = { weights: one(spec.weights), activations: 'bf16', kv: 'bf16', comm: 'bf16' }
  const worker = (batch: number, chunk: number): ColocatedPlan => {
    const [pp, attentionDp, tp] = [one(spec.widths.pp), one(spec.widths.attentionDp), one(spec.widths.tp)]
    const widths = { replicas: 1, pp, sp: 1, spKind: undefined, attentionDp, tp, dcp: 1 }
    const layout = completeLayout({ ...widths, ep: 1, moeTp: attentionDp * tp, moeDp: 1, redundantExperts: 0 })
    return { kind: 'colocated', pool: pool.id, layout, precision, batch, chunk }
  }
  const chunk = one(spec.chunk)
  const [prefill, decode] = [worker(64, chunk), worker(Math.round(spec.batch.most ** (0.3 + 0.7 * rng.uniform())), chunk)]
  const [aim, share] = [0.2 + 0.7 * rng.uniform(), spec.load.from + (spec.load.to - spec.load.from) * rng.uniform()]
  const decodeWorkers = 1 + rng.below(spec.pairs.workers)
  const planOf = (prefillWorkers: number): DisaggregatedPlan => ({ kind: 'disaggregated', prefill, decode, prefillWorkers, decodeWorkers })
  const rules = (plan: DisaggregatedPlan) => firstBrokenPairRule({ ...scenario, prefillPool: pool, decodePool: pool, plan })
  if (rules(planOf(1)) !== null) return undefined
  const sides = workerSides(scenario)
  if (sides.prefill(prefill).reason !== null || sides.decode(decode).reason !== null) return undefined
  const { pair } = preparingPairs(scenario, sides)(planOf(1))
  const rate = decodeWorkers * decodeRate(pair.decode, decode.batch)
  const prefillWorkers = Math.ceil(rate / (aim * prefillCapacity(pair.prefill)))
  const plan = planOf(prefillWorkers)
  if (prefillWorkers > spec.pairs.workers || rules(plan) !== null || evaluate(scenario, plan).kind !== 'ok') return undefined
  return { scenario, plan, busy: rate / (prefillWorkers * prefillCapacity(pair.prefill)), share }
}
