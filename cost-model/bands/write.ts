import { type Plan, replicaGpus } from '../../spaces/plan.ts'
import { at } from '../column.ts'
import type { Scenario } from '../scenario.ts'
import { engineName, type Footing, familyOf, regimeOf, regimes, type Support, supportOf } from './regime.ts'
import type { BandFigure, BandRow, Bands } from './schema.ts'

/** Columns of each figure: its value and the ends of its band. */
const bandColumns: Readonly<Record<BandFigure, { readonly value: number; readonly lo: number; readonly hi: number }>> = {
  ttft: { value: at.ttft_ms, lo: at.ttft_ms_lo80, hi: at.ttft_ms_hi80 },
  tpot: { value: at.tpot_ms, lo: at.tpot_ms_lo80, hi: at.tpot_ms_hi80 },
  e2e: { value: at.e2e_ms, lo: at.e2e_ms_lo80, hi: at.e2e_ms_hi80 },
  throughput: { value: at.out_tok_s_per_gpu, lo: at.out_tok_s_per_gpu_lo80, hi: at.out_tok_s_per_gpu_hi80 },
}

/** Writes the regime and the bands of an evaluated plan whose other columns are in `row` from `offset` on. */
export type BandWriter = (plan: Plan, row: Float64Array, offset: number) => void

/** A scenario's own. Throughput under arrivals is what arrives, which has no band. */
export function bandWriter(scenario: Scenario): BandWriter {
  const { bands } = scenario.calibration
  const footing = footingOf(scenario)
  const factors = bands.bands.map((row) => ({ ...row, factors: factorsOf(row, scenario.arrivals !== undefined) }))
  const supports = new Map<string, Support>()
  return (plan, row, offset) => {
    const facts = footing(plan, row[offset + at.max_batch]!)
    const pools = plan.kind === 'colocated' ? plan.pool : `${plan.prefill.pool} ${plan.decode.pool}`
    const support = supports.get(pools) ?? supportOf(facts, bands.measured)
    supports.set(pools, support)
    const regime = regimeOf(facts, support)
    const found = factors.find((one) => one.regime === regime && one.mode === facts.mode)!
    row[offset + at.regime] = regimes.indexOf(regime)
    for (const { value, lo, hi, low, high } of found.factors) {
      row[offset + lo] = row[offset + value]! * low
      row[offset + hi] = row[offset + value]! * high
    }
  }
}

function factorsOf(row: BandRow, arrives: boolean) {
  return (Object.keys(bandColumns) as readonly BandFigure[])
    .filter((figure) => figure !== 'throughput' || !arrives)
    .map((figure) => ({ ...bandColumns[figure], low: Math.exp(row[figure].lo), high: Math.exp(row[figure].hi) }))
}

/** What decides the regimes of a scenario's plans; `fits`: the largest batch that KV has room for at full length. */
export function footingOf({ model, engine, pools }: Pick<Scenario, 'model' | 'engine' | 'pools'>): (plan: Plan, fits: number) => Footing {
  const own = { engine: engineName(engine), family: familyOf(model) }
  const gpus = new Map(pools.map(({ id, gpu }) => [id, { id: gpu.id, chip: gpu.arch ?? gpu.id, generation: gpu.generation }]))
  return (plan, fits) => {
    const workers = plan.kind === 'colocated' ? [plan] : [plan.prefill, plan.decode]
    const { batch, layout } = workers.at(-1)!
    return {
      ...own,
      mode: plan.kind,
      gpus: workers.map(({ pool }) => gpus.get(pool)!),
      batch: batch / layout.attentionDp,
      width: Math.max(...workers.map((worker) => replicaGpus(worker.layout))),
      kvLimited: batch > fits,
    }
  }
}

/** Errors to expect of a plan; undefined where its kind has no row. */
export function bandOf({ bands, measured }: Pick<Bands, 'bands' | 'measured'>, footing: Footing): BandRow | undefined {
  const regime = regimeOf(footing, supportOf(footing, measured))
  return bands.find((row) => row.mode === footing.mode && row.regime === regime)
}

/** Bands of values that were found anew, as wide as those they replace. */
export function rescaleBands(row: Float64Array, closed: Float64Array): void {
  for (const { value, lo, hi } of Object.values(bandColumns)) {
    for (const end of [lo, hi]) row[end] = (closed[end]! / closed[value]!) * row[value]!
  }
}
