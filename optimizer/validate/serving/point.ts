import type { Calibration } from '../../../cost-model/calibration.ts'
import type { Scenario } from '../../../cost-model/scenario.ts'
import type { Catalog } from '../../../spaces/catalog.ts'
import { makePool } from '../../../spaces/fleet.ts'
import { InputError } from '../../../spaces/issue.ts'
import type { Model } from '../../../spaces/model.ts'
import type { ColocatedPlan, Layout, Precision } from '../../../spaces/plan.ts'
import { completeLayout } from '../../../spaces/plan-key.ts'
import { findFormat, formatNames } from '../../../spaces/precision.ts'
import type { Reason } from '../../../spaces/reason.ts'
import { expertCounts } from '../../../spaces/rules/experts.ts'
import { didYouMean } from '../../../spaces/suggest.ts'
import { budgetOf, engineOf } from './engine.ts'
import type { Measured } from './measured.ts'
import type { Recipe, Recipes } from './recipe.ts'
import { workloadOf } from './workload.ts'

/** What a measured point stands for. */
export interface Point {
  readonly scenario: Scenario
  readonly plan: ColocatedPlan
  readonly gpus: number
  readonly recipe: Recipe
}

/** The plan and the workload of a row; a reason where it names what we do not know, or lacks a figure. */
export function pointOf(row: Measured, catalog: Catalog, recipes: Recipes, calibration: Calibration): Point | Reason {
  const blank = needed.find((name) => row.number(name) === undefined)
  if (blank !== undefined) return { code: 'blank-cell', message: `${blank} is blank`, numbers: {} }
  const wrong = counts.find((name) => !isCount(row.number(name)))
  if (wrong !== undefined) return { code: 'bad-number', message: `${wrong} is no number of at least 1`, numbers: {} }
  if (!['', 'off', 'none', 'no', '0'].includes(row.text('spec_decode').toLowerCase())) return speculates
  const stages = widths(row).reduce((product, width) => product * width, 1)
  if (gpusOf(row) % stages !== 0) {
    const message = `tp x pp x dp = ${stages} does not divide ${gpusOf(row)} GPUs`
    return { code: 'layout', message, numbers: { stages, gpus: gpusOf(row) } }
  }
  if (!['', 'colocated'].includes(row.text('serving_mode'))) return disaggregated
  try {
    return knownPoint(row, catalog, recipes, calibration)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { code, message, suggestion } = error.issues[0]!
    return { code, message: suggestion === undefined ? message : `${message} (${suggestion})`, numbers: {} }
  }
}

const needed = ['isl', 'osl', 'concurrency', 'tpot_ms'] as const
const counts = ['gpus', 'tp', 'pp', 'dp', 'ep', 'moe_tp', 'isl', 'osl', 'concurrency', 'max_batched_tokens', 'max_seqs'] as const
const speculates: Reason = { code: 'speculation', message: 'depth and acceptance of its drafts have no column', numbers: {} }
const disaggregated: Reason = { code: 'disaggregated', message: 'disaggregated serving is not evaluated yet', numbers: {} }

function isCount(value: number | undefined): boolean {
  return value === undefined || (value >= 1 && Number.isFinite(value))
}

function knownPoint(row: Measured, catalog: Catalog, recipes: Recipes, calibration: Calibration): Point {
  const published = catalog.model(recipes.modelName(row.text('model')))
  const pool = makePool({ gpu: row.text('gpu'), gpus: gpusOf(row) }, catalog)
  const recipe = recipes.of(row, pool.gpu.generation)
  const model = checkpointOf(published, recipe)
  const engine = engineOf(row, recipe, catalog)
  const workload = workloadOf(row, recipe)
  const layout = layoutOf(row, model)
  const plan: ColocatedPlan = {
    ...{ kind: 'colocated', pool: pool.id, layout, precision: precisionOf(row, model, recipe) },
    ...{
      batch: Math.max(1, Math.round(row.number('concurrency')! / layout.replicas)),
      chunk: budgetOf(row, recipe, engine, pool.memory.bytes),
    },
  }
  return { scenario: { model, pools: [pool], engine, workload, calibration }, plan, gpus: pool.gpus, recipe }
}

function widths(row: Measured): readonly [tp: number, pp: number, dp: number] {
  return [row.number('tp') ?? 1, row.number('pp') ?? 1, row.number('dp') ?? 1]
}

function gpusOf(row: Measured): number {
  const [tp, pp, dp] = widths(row)
  return row.number('gpus') ?? tp * pp * dp
}

/** As many replicas as fill the GPUs; experts are cut by TP over what EP leaves of a stage. */
function layoutOf(row: Measured, model: Model): Layout {
  const [tp, pp, attentionDp] = widths(row)
  const ep = row.number('ep') ?? 1
  const [experts = 0] = expertCounts(model)
  const stage = tp * attentionDp
  return completeLayout({
    ...{ replicas: gpusOf(row) / (stage * pp), pp, attentionDp, sp: 1, spKind: undefined, tp, dcp: 1, ep, moeDp: 1 },
    moeTp: experts > 0 ? (row.number('moe_tp') ?? stage / ep) : stage,
    // A measured layout that does not divide its experts has redundant ones: as many as it takes.
    redundantExperts: experts > 0 ? (ep - (experts % ep)) % ep : 0,
  })
}

/** Served as published, or as another checkpoint that its recipe describes. */
function checkpointOf(model: Model, { formats, activations }: Recipe): Model {
  if (formats === undefined) return model
  const shares = Object.fromEntries(Object.entries(formats).map(([component, name]) => [component, [[name, 1]]]))
  return { ...model, checkpoint: { quantization: 'as served', formats: shares, activation: activations ?? 'bf16', kv: 'fp8' } }
}

function precisionOf(row: Measured, { checkpoint }: Model, recipe: Recipe): Precision {
  const { weights = row.text('precision'), activations = weights, formats, kv = checkpoint.kv } = recipe
  const shipped = formats !== undefined || (checkpoint.quantization !== 'none' && weights.startsWith(checkpoint.activation))
  const written = row.text('kv_dtype').replace(/_e\dm\d$/, '')
  const precision = {
    weights: shipped ? 'shipped' : weights,
    activations,
    kv: written === 'auto' ? checkpoint.kv : written === '' ? kv : written,
    comm: 'bf16',
  }
  for (const [name, path] of [
    [precision.activations, 'precision'],
    [precision.kv, 'kv_dtype'],
  ] as const) {
    if (findFormat(name) !== undefined) continue
    const suggestion = didYouMean(name, formatNames) ?? `one of ${formatNames.join(', ')}`
    throw new InputError({ path, code: 'unknown-name', message: `no format is called "${name}"`, suggestion })
  }
  return precision
}
