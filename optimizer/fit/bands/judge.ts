import { type Mode, type Regime, regimeOf, supportOf } from '../../../cost-model/bands/regime.ts'
import { type BandFigure, type Bands, bandFigures } from '../../../cost-model/bands/schema.ts'
import { grouped } from '../../validate/serving/groups.ts'
import { fitBands } from './fit.ts'
import type { Residual } from './residual.ts'

/** A band and a constant-percentage band beside what was measured: all over what was predicted. */
export interface JudgedBand {
  readonly figure: BandFigure
  readonly mode: Mode
  readonly regime: Regime
  readonly measured: number
  readonly lo: number
  readonly hi: number
  /** Half the width of the other. */
  readonly constant: number
}

/** Parts of configurations that are held out at once: leaving each out alone takes as long as there are. */
const folds = 10

/** Ways to hold points out, and what tells their parts. */
export const holdings = [
  { name: 'configurations', partOf: ({ group }: Residual) => group, folds },
  { name: 'models', partOf: ({ model }: Residual) => model, folds: Number.POSITIVE_INFINITY },
  { name: 'chips', partOf: ({ chip }: Residual) => chip, folds: Number.POSITIVE_INFINITY },
  { name: 'generations', partOf: ({ generation }: Residual) => generation, folds: Number.POSITIVE_INFINITY },
] as const
export type Holding = (typeof holdings)[number]

/** Every point beside bands that come from the other parts: errors, what counts as measured, and regimes. Constants of the model are not fitted again. */
export function heldOutBands(residuals: readonly Residual[], { partOf, folds }: Holding): readonly JudgedBand[] {
  const names = [...new Set(residuals.map(partOf))].toSorted()
  const foldOf = (residual: Residual) => names.indexOf(partOf(residual)) % folds
  const parts = grouped(residuals, (residual) => String(foldOf(residual)))
  return [...parts].flatMap(([fold, points]) => {
    const others = residuals.filter((residual) => String(foldOf(residual)) !== fold)
    return judge(points, fitBands(others), others)
  })
}

/** Points beside bands; the constant one holds four of five of the `others`. A point of a mode that has no bands is left out. */
export function judge(
  points: readonly Residual[],
  { bands, measured }: Pick<Bands, 'bands' | 'measured'>,
  others: readonly Residual[],
): readonly JudgedBand[] {
  const constant = Object.fromEntries(bandFigures.map((figure) => [figure, halfWidth(others, figure)]))
  return points.flatMap(({ footing, errors }) => {
    const regime = regimeOf(footing, supportOf(footing, measured))
    const row = bands.find((one) => one.mode === footing.mode && one.regime === regime)
    if (row === undefined) return []
    return bandFigures.flatMap((figure): readonly JudgedBand[] => {
      const [error, half] = [errors[figure], constant[figure]]
      if (error === undefined || half === undefined) return []
      const [lo, hi] = [Math.exp(row[figure].lo), Math.exp(row[figure].hi)]
      return [{ figure, mode: footing.mode, regime, measured: Math.exp(error), lo, hi, constant: half }]
    })
  })
}

/** Undefined where nothing was measured. */
function halfWidth(residuals: readonly Residual[], figure: BandFigure): number | undefined {
  const sizes = residuals.flatMap(({ errors }) => (errors[figure] === undefined ? [] : [Math.abs(Math.exp(errors[figure]) - 1)]))
  return sizes.toSorted((a, b) => a - b)[Math.ceil(0.8 * sizes.length) - 1]
}

/**
 * Width plus ten times what a value lies outside: least in expectation for the band from the 10 % to the 90 % quantile (Gneiting and Raftery,
 * "Strictly Proper Scoring Rules, Prediction, and Estimation", JASA 102, 2007).
 */
export function intervalScore(lo: number, hi: number, value: number): number {
  return hi - lo + 10 * Math.max(0, lo - value, value - hi)
}
