import type { Footing } from '../../../cost-model/bands/regime.ts'
import type { Band, Bands } from '../../../cost-model/bands/schema.ts'
import { bandOf, footingOf } from '../../../cost-model/bands/write.ts'
import { at, type Pedigree, pedigrees, rowWidth } from '../../../cost-model/column.ts'
import { scalesOf } from '../../../cost-model/engine-scales.ts'
import { createEvaluator, type Evaluator } from '../../../cost-model/evaluate.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { lengthMoments } from '../../../spaces/length.ts'
import { firstBrokenPairRule } from '../../../spaces/pair-rules/index.ts'
import type { ColocatedPlan, Plan } from '../../../spaces/plan.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { firstBrokenRule } from '../../../spaces/rules/index.ts'
import { loadCalibration } from '../../calibration.ts'
import { type EngineConstants, withConstants } from '../../fit/constants.ts'
import type { Measured } from './measured.ts'
import { evaluatePair } from './pair.ts'
import { type Point, pointOf } from './point.ts'
import { readRecipes } from './recipe.ts'

/** Figures that a point is compared in, as their columns are called; milliseconds, and tokens per second. */
export const figures = ['ttft_ms', 'tpot_ms', 'e2e_ms', 'out_tok_s_per_gpu'] as const
export type Figure = (typeof figures)[number]

/** A measured point and what we say of it; a reason where we say nothing. */
export interface Prediction {
  readonly row: Measured
  readonly measured: Readonly<Record<Figure, number | undefined>>
  readonly predicted: Readonly<Record<Figure, number>> | undefined
  readonly pedigree: Pedigree | undefined
  readonly reason: Reason | undefined
  /** What decides the errors to expect; absent where nothing is predicted. */
  readonly footing?: Footing | undefined
  /** Ends of the 80 % bands, in the unit of their figure. */
  readonly bands?: Bands80 | undefined
}

export type Bands80 = Readonly<Record<Figure, { readonly lo: number; readonly hi: number }>>

/** `refit`: other constants of a row's engine than the calibration and the catalogue have. */
export function predictAll(rows: readonly Measured[], refit?: (row: Measured) => EngineConstants): readonly Prediction[] {
  const [catalog, recipes, calibration] = [openCatalog(), readRecipes(), loadCalibration()]
  const predict = predictor()
  return rows.map((row) => {
    const known = pointOf(row, catalog, recipes, calibration)
    const point = 'scenario' in known && refit !== undefined ? { ...known, scenario: withConstants(known.scenario, refit(row)) } : known
    const found = 'scenario' in point ? predict(point) : point
    const measured = measuredOf(row)
    if (!('values' in found)) return { row, measured, predicted: undefined, pedigree: undefined, reason: found }
    return {
      row,
      measured,
      predicted: found.values,
      pedigree: found.pedigree,
      footing: found.footing,
      bands: bandsOf(found, calibration.bands),
      reason: undefined,
    }
  })
}

interface Said {
  readonly values: Record<Figure, number>
  readonly pedigree: Pedigree
  readonly footing: Footing
}

/** Points that differ in concurrency and token budget alone share what a layout comes to. */
function predictor(): (point: Point) => Said | Reason {
  const known = new Map<string, { readonly evaluator: Evaluator; readonly sides: readonly ColocatedPlan[] }>()
  return (point) => {
    const { scenario, recipe, plan } = point
    const { model, engine, workload, pools, calibration } = scenario
    const same = sidesOf(plan).map(({ layout, precision }) => [layout, precision])
    const key = JSON.stringify([model.id, recipe, pools[0]!.gpu.id, pools[0]!.gpus, engine, workload, same, scalesOf(engine, calibration)])
    const shared = known.get(key) ?? { evaluator: createEvaluator(scenario), sides: sidesOf(plan) }
    known.set(key, shared)
    const of = (side: ColocatedPlan, i: number) => ({ ...side, layout: shared.sides[i]!.layout, precision: shared.sides[i]!.precision })
    return predict({ ...point, plan: withSides(plan, sidesOf(plan).map(of)) }, shared.evaluator)
  }
}

function sidesOf(plan: Plan): readonly ColocatedPlan[] {
  return plan.kind === 'colocated' ? [plan] : [plan.prefill, plan.decode]
}

function withSides(plan: Plan, sides: readonly ColocatedPlan[]): Plan {
  return plan.kind === 'colocated' ? sides[0]! : { ...plan, prefill: sides[0]!, decode: sides[1]! }
}

function predict(point: Point, evaluator: Evaluator): Said | Reason {
  const { scenario, plan, gpus, recipe, concurrency } = point
  const pool = scenario.pools[0]!
  const broken =
    plan.kind === 'colocated'
      ? firstBrokenRule({ ...scenario, pool, plan })
      : firstBrokenPairRule({ ...scenario, prefillPool: pool, decodePool: pool, plan })
  if (broken !== null) return broken
  const values = new Float64Array(rowWidth)
  const reason = plan.kind === 'colocated' ? evaluator.evaluate(plan, values, 0) : evaluatePair(point, plan, evaluator, values)
  if (reason !== null) return reason
  const [ttft, tpot, e2e] = [values[at.ttft_ms]!, values[at.tpot_ms]!, values[at.e2e_ms]!]
  const little = (concurrency * lengthMoments(scenario.workload.osl).mean) / e2e / gpus
  const throughput = recipe.littlesLaw ? little : values[at.out_tok_s_per_gpu]!
  return {
    values: { ttft_ms: 1e3 * ttft, tpot_ms: 1e3 * tpot, e2e_ms: 1e3 * e2e, out_tok_s_per_gpu: throughput },
    pedigree: pedigrees[values[at.confidence]!]!,
    footing: footingOf(scenario)(plan, values[at.max_batch]!),
  }
}

function bandsOf({ values, footing }: Said, bands: Bands): Bands80 {
  const row = bandOf(bands, footing)!
  const ends = (figure: Figure, { lo, hi }: Band) => ({ lo: values[figure] * Math.exp(lo), hi: values[figure] * Math.exp(hi) })
  return {
    ttft_ms: ends('ttft_ms', row.ttft),
    tpot_ms: ends('tpot_ms', row.tpot),
    e2e_ms: ends('e2e_ms', row.e2e),
    out_tok_s_per_gpu: ends('out_tok_s_per_gpu', row.throughput),
  }
}

/** What the row states; what follows from its TTFT and TPOT where it does not. */
function measuredOf(row: Measured): Prediction['measured'] {
  const positive = (value: number | undefined) => (value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined)
  const [ttft, tpot, osl] = [positive(row.number('ttft_ms')), positive(row.number('tpot_ms')), row.number('osl_mean') ?? row.number('osl')]
  const summed = ttft === undefined || tpot === undefined || osl === undefined ? undefined : ttft + (osl - 1) * tpot
  return {
    ttft_ms: ttft,
    tpot_ms: tpot,
    e2e_ms: positive(row.number('e2e_ms')) ?? summed,
    out_tok_s_per_gpu: positive(row.number('out_tok_s_per_gpu')),
  }
}
