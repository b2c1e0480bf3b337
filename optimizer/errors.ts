import { regimes } from '../cost-model/bands/regime.ts'
import type { Band, BandRow, Bands } from '../cost-model/bands/schema.ts'
import { at } from '../cost-model/column.ts'
import type { Scenario } from '../cost-model/scenario.ts'
import type { Plan } from '../spaces/plan.ts'
import { makeRng, type Rng } from '../spaces/rng.ts'
import { rowAt, type Table } from './table.ts'

/** Measured over predicted. */
export interface PlanErrors {
  readonly ttft: number
  readonly tpot: number
}

/** Errors of the plan at a position in a draw. */
export type DrawnErrors = (position: number, draw: number) => PlanErrors

const seed = 20_261_201

/**
 * Seeded draws of the errors of plans: split normal with the quantiles of a plan's regime. A part of their variance is drawn once for all plans of the same
 * pools and mode (they share model, GPU and engine), the rest for each plan, from a stream of its own: who else takes part does not matter.
 */
export function drawErrors(
  { calibration: { bands } }: Scenario,
  table: Table,
  planOf: (index: number) => Plan,
  draws: number,
): DrawnErrors {
  const shared = new Map<string, Float64Array>()
  const plans = Array.from(table.indexes, (index, i) => {
    const plan = planOf(index)
    const key = plan.kind === 'colocated' ? plan.pool : `${plan.prefill.pool} ${plan.decode.pool}`
    const row = bands.bands.find(({ mode, regime }) => mode === plan.kind && regime === regimes[rowAt(table, i)[at.regime]!])
    const variance = bands.variance.find(({ mode }) => mode === plan.kind)
    if (row === undefined || variance === undefined) throw new Error(`no errors of ${plan.kind} plans`)
    const common = shared.get(`${plan.kind} ${key}`) ?? normals(makeRng(seed, hashOf(key)), 2 * draws)
    shared.set(`${plan.kind} ${key}`, common)
    return errorsOf(row, variance, common, normals(makeRng(seed + 1, index), 2 * draws), draws)
  })
  return (position, draw) => plans[position]![draw]!
}

function errorsOf(
  row: BandRow,
  { ttft, tpot, correlation }: Bands['variance'][number],
  shared: Float64Array,
  own: Float64Array,
  draws: number,
): readonly PlanErrors[] {
  const [a, b] = [shareOf(ttft), shareOf(tpot)]
  const apart = Math.sqrt(1 - correlation * correlation)
  const both = (of: Float64Array, draw: number) => correlation * of[2 * draw]! + apart * of[2 * draw + 1]!
  return Array.from({ length: draws }, (_, draw) => ({
    ttft: errorAt(row.ttft, Math.sqrt(a) * shared[2 * draw]! + Math.sqrt(1 - a) * own[2 * draw]!),
    tpot: errorAt(row.tpot, Math.sqrt(b) * both(shared, draw) + Math.sqrt(1 - b) * both(own, draw)),
  }))
}

function shareOf({ shared, own }: { readonly shared: number; readonly own: number }): number {
  return shared + own === 0 ? 0 : shared / (shared + own)
}

/** Standard normal quantile of 90 %. */
const tenth = 1.2815515655446004

function errorAt({ lo, mid, hi }: Band, normal: number): number {
  return Math.exp(mid + ((normal < 0 ? mid - lo : hi - mid) * normal) / tenth)
}

/** Box and Muller. */
function normals(rng: Rng, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform()))
}

/** A number of a name, the same everywhere (FNV-1a). */
function hashOf(text: string): number {
  return [...text].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619) >>> 0, 2_166_136_261)
}
