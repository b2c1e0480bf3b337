import type { Calibration } from '../../../cost-model/calibration.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import type { Catalog } from '../../../spaces/catalog.ts'
import { makePool, type Pool } from '../../../spaces/fleet.ts'
import { InputError } from '../../../spaces/issue.ts'
import type { ColocatedPlan, Plan, Precision } from '../../../spaces/plan.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { budgetOf, engineOf } from './engine.ts'
import { layoutOf, type Side, sizeOf, unevenSize } from './layout.ts'
import { type Measured, numberColumns } from './measured.ts'
import { checkpointOf, precisionOf } from './precision.ts'
import type { Recipe, Recipes } from './recipe.ts'
import { workloadOf } from './workload.ts'

/** What a measured point stands for. */
export interface Point {
  readonly scenario: Scenario
  readonly plan: Plan
  readonly gpus: number
  /** Requests in the whole system. */
  readonly concurrency: number
  readonly recipe: Recipe
}

/** The plan and the workload of a row; a reason where it names what we do not know, or lacks a figure. */
export function pointOf(row: Measured, catalog: Catalog, recipes: Recipes, calibration: Calibration): Point | Reason {
  const blank = needed.find((name) => row.number(name) === undefined)
  if (blank !== undefined) return { code: 'blank-cell', message: `${blank} is blank`, numbers: {} }
  const wrong = numberColumns.find((name) => !isCount(row.number(name)))
  if (wrong !== undefined) return { code: 'bad-number', message: `${wrong} is no number of at least 1`, numbers: {} }
  if (!['', 'off', 'none', 'no', '0'].includes(row.text('spec_decode').toLowerCase())) return speculates
  const uneven = sidesOf(row).map((side) => unevenSize(row, side))
  const reason = uneven.find((one) => one !== undefined)
  if (reason !== undefined) return reason
  try {
    return knownPoint(row, catalog, recipes, calibration)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { code, message, suggestion } = error.issues[0]!
    return { code, message: suggestion === undefined ? message : `${message} (${suggestion})`, numbers: {} }
  }
}

const needed = ['isl', 'osl', 'concurrency', 'tpot_ms'] as const
const speculates: Reason = { code: 'speculation', message: 'depth and acceptance of its drafts have no column', numbers: {} }

function isCount(value: number | undefined): boolean {
  return value === undefined || (value >= 1 && Number.isFinite(value))
}

function sidesOf(row: Measured): readonly Side[] {
  return row.text('serving_mode') === 'disaggregated' ? ['prefill_', 'decode_'] : ['']
}

function knownPoint(row: Measured, catalog: Catalog, recipes: Recipes, calibration: Calibration): Point {
  const sides = sidesOf(row)
  const gpus = sides.reduce((sum, side) => sum + sizeOf(row, side).gpus, 0)
  const pool = poolOf(row.text('gpu'), gpus, catalog, recipes)
  const recipe = recipes.of(row, pool.gpu.generation)
  const model = checkpointOf(catalog.model(recipes.modelName(row.text('model'))), recipe)
  const engine = engineOf(row, recipe, catalog)
  const precision = precisionOf(row, model, recipe)
  const chunk = budgetOf(row, recipe, engine, pool.memory.bytes)
  const workers = sides.map((side) => workerOf(row, side, pool, precision, chunk, layoutOf(row, side, model, recipe.expertParallel)))
  const concurrency = row.number('concurrency')!
  const plan = sides.length === 1 ? colocated(workers[0]!, concurrency) : pairOf(row, workers[0]!, workers[1]!)
  const workload = workloadOf(row, recipe)
  return { scenario: { model, pools: [pool], engine, workload, calibration }, plan, gpus, concurrency, recipe }
}

/** A worker that keeps each of its attention-DP ranks busy. */
function workerOf(
  row: Measured,
  side: Side,
  pool: Pool,
  precision: Precision,
  chunk: number,
  layout: ColocatedPlan['layout'],
): ColocatedPlan {
  const batch = Math.max(layout.attentionDp, Math.round(row.number('concurrency')! / sizeOf(row, side).workers))
  return { kind: 'colocated', pool: pool.id, layout, precision, batch: side === 'prefill_' ? layout.attentionDp : batch, chunk }
}

function colocated(plan: ColocatedPlan, concurrency: number): Plan {
  return { ...plan, batch: Math.max(1, Math.round(concurrency / plan.layout.replicas)) }
}

function pairOf(row: Measured, prefill: ColocatedPlan, decode: ColocatedPlan): Plan {
  const [prefillWorkers, decodeWorkers] = (['prefill_', 'decode_'] as const).map((side) => sizeOf(row, side).workers) as [number, number]
  return { kind: 'disaggregated', prefill, decode, prefillWorkers, decodeWorkers }
}

/** Whole nodes where there is more than one: workers may leave some of the last one's GPUs alone. */
function poolOf(gpu: string, gpus: number, catalog: Catalog, recipes: Recipes): Pool {
  const node = recipes.nodeName(gpu)
  const { gpusPerNode } = makePool(node === undefined ? { gpu, nodes: 1 } : { gpu, node, nodes: 1 }, catalog)
  const whole = gpus > gpusPerNode ? gpusPerNode * Math.ceil(gpus / gpusPerNode) : gpus
  return makePool({ gpu, node, gpus: whole }, catalog)
}
