import { type Mode, modes, type Regime, regimes } from '../../../cost-model/bands/regime.ts'
import { type Band, type BandFigure, type BandRow, type Bands, bandFigures } from '../../../cost-model/bands/schema.ts'
import { conformalBand } from './conformal.ts'
import { measuredOf, ofMode, type Residual } from './residual.ts'
import { samplesOf } from './sample.ts'
import { varianceOf } from './variance.ts'

/** Bands of the modes that points were measured in. */
export type FittedBands = Pick<Bands, 'measured' | 'bands' | 'variance'>

/** Fewer configurations than this say too little of a tenth: their band is at least that of the regime before. */
const leastGroups = 10

export function fitBands(residuals: readonly Residual[]): FittedBands {
  const present = modes.filter((mode) => ofMode(residuals, mode).length > 0)
  return {
    measured: measuredOf(residuals),
    bands: present.flatMap((mode) => rowsOf(mode, ofMode(residuals, mode))),
    variance: present.map((mode) => ({ mode, ...varianceOf(ofMode(residuals, mode)) })),
  }
}

/** Nobody is surer of what was not measured than of what was. */
function rowsOf(mode: Mode, residuals: readonly Residual[]): readonly BandRow[] {
  const samples = samplesOf(residuals)
  const all = bandsOf(residuals)
  const rows = new Map<Regime, BandRow>()
  for (const regime of regimes) {
    const sample = samples.get(regime)!
    const own = bandsOf(sample)
    const groups = new Set(sample.map(({ group }) => group)).size
    const base = rows.get(regime === 'unseen-generation' ? 'unseen-gpu' : 'known')
    const floor = base !== undefined && (regime.startsWith('unseen') || groups < leastGroups) ? base : undefined
    const figures = bandFigures.map((figure) => [figure, hull(own[figure] ?? floor?.[figure] ?? all[figure]!, floor?.[figure])] as const)
    const { ttft, tpot, e2e, throughput } = Object.fromEntries(figures) as Record<BandFigure, Band>
    rows.set(regime, { regime, mode, points: Math.max(1, sample.length), groups: Math.max(1, groups), ttft, tpot, e2e, throughput })
  }
  return [...rows.values()]
}

function bandsOf(residuals: readonly Residual[]): Partial<Record<BandFigure, Band>> {
  const found = bandFigures.flatMap((figure) => {
    const errors = residuals.flatMap(({ group, errors }) => (errors[figure] === undefined ? [] : [{ group, error: errors[figure] }]))
    return errors.length === 0 ? [] : [[figure, conformalBand(errors)] as const]
  })
  return Object.fromEntries(found)
}

function hull(band: Band, floor: Band | undefined): Band {
  const [lo, hi] = floor === undefined ? [band.lo, band.hi] : [Math.min(band.lo, floor.lo), Math.max(band.hi, floor.hi)]
  const [a, b, c] = [lo, Math.min(hi, Math.max(lo, band.mid)), hi].map((value) => Number(value.toFixed(4)))
  return { lo: a!, mid: b!, hi: c! }
}
