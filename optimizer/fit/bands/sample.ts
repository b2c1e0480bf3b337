import { type Regime, regimeOf, regimes, supportOf } from '../../../cost-model/bands/regime.ts'
import { bandFigures } from '../../../cost-model/bands/schema.ts'
import { median } from '../../validate/serving/errors.ts'
import { grouped } from '../../validate/serving/groups.ts'
import { measuredOf, type Residual } from './residual.ts'

/**
 * Errors by regime, of points of one mode. A point is in the regime that it would be in had its configuration not been measured. Points of models, GPUs
 * and generations that are truly new there are few or none; their errors are those of all points as they would be if constants were estimated from
 * the other models (chips, generations): less the median error of those, so that what models differ by is an error again.
 */
export function samplesOf(residuals: readonly Residual[]): ReadonlyMap<Regime, readonly Residual[]> {
  const natural = grouped(
    [...grouped(residuals, ({ group }) => group)].flatMap(([group, points]) => {
      const measured = measuredOf(residuals.filter((other) => other.group !== group))
      return points.map((point) => ({ point, regime: regimeOf(point.footing, supportOf(point.footing, measured)) }))
    }),
    ({ regime }) => regime,
  )
  const free = residuals.filter(({ footing }) => !footing.kvLimited)
  const apart: Partial<Record<Regime, readonly Residual[]>> = {
    'unseen-model': recentred(free, ({ model }) => model),
    'unseen-gpu': recentred(residuals, ({ chip }) => chip),
    'unseen-generation': recentred(residuals, ({ generation }) => generation),
  }
  return new Map(regimes.map((regime) => [regime, apart[regime] ?? natural.get(regime as never)?.map(({ point }) => point) ?? []]))
}

function recentred(residuals: readonly Residual[], keyOf: (residual: Residual) => string): readonly Residual[] {
  const shifts = new Map<string, Residual['errors']>()
  for (const key of new Set(residuals.map(keyOf))) {
    const others = residuals.filter((residual) => keyOf(residual) !== key)
    shifts.set(
      key,
      perFigure((figure) => center(residuals, figure) - center(others.length === 0 ? residuals : others, figure)),
    )
  }
  return residuals.map((residual) => {
    const shift = shifts.get(keyOf(residual))!
    return { ...residual, errors: perFigure((figure) => shifted(residual.errors[figure], shift[figure]!)) }
  })
}

function perFigure(of: (figure: (typeof bandFigures)[number]) => number | undefined): Residual['errors'] {
  const [ttft, tpot, e2e, throughput] = bandFigures.map(of)
  return { ttft, tpot, e2e, throughput }
}

function shifted(error: number | undefined, by: number): number | undefined {
  return error === undefined ? undefined : error + by
}

/** Median over configurations of their median error; 0 where nothing was measured. */
function center(residuals: readonly Residual[], figure: (typeof bandFigures)[number]): number {
  const groups = grouped(
    residuals.filter(({ errors }) => errors[figure] !== undefined),
    ({ group }) => group,
  )
  if (groups.size === 0) return 0
  return median([...groups.values()].map((points) => median(points.map(({ errors }) => errors[figure]!))))
}
