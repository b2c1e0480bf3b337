import { openCatalog } from '../../spaces/catalog.ts'
import { scored } from '../validate/serving/errors.ts'
import { grouped } from '../validate/serving/groups.ts'
import type { Measured } from '../validate/serving/measured.ts'
import { type Prediction, predictAll } from '../validate/serving/predict.ts'
import { constantsOf, type EngineConstants, parameters } from './constants.ts'
import { configurationOf, type Scheme, schemesOf } from './schemes.ts'
import { type Known, type Linearised, type Residual, solve } from './solve.ts'

/** Constants of engines by family, and predictions of points with constants that know nothing of them. */
export interface ServingFit {
  readonly constants: ReadonlyMap<string, EngineConstants>
  /** All with the same constants; then held out by each scheme. */
  readonly inSample: readonly Prediction[]
  readonly heldOut: readonly { readonly scheme: string; readonly predictions: readonly Prediction[] }[]
}

/** Standard errors of a prediction as ln(predicted / measured), about what a good one reaches. */
const errors = { tpot_ms: 0.08, ttft_ms: 0.2 } as const
/** Points of one configuration err together: all of them tell as much as so many that err apart. */
const apart = 3
const rounds = 3
const step = 0.05

/** Colocated points without drafts, of quality A and B. */
export function fitServing(all: readonly Measured[]): ServingFit {
  const rows = all.filter((row) => ['', 'colocated'].includes(row.text('serving_mode')) && ['', 'A', 'B'].includes(row.text('quality')))
  const engines = [...new Set(rows.map((row) => row.text('engine')))].toSorted()
  const count = parameters.length
  const known = priorOf(engines.length)
  const of = (logs: readonly number[]) => {
    const each = new Map(engines.map((engine, e) => [engine, constantsOf(logs.slice(e * count, (e + 1) * count))]))
    return (row: Measured) => each.get(row.text('engine'))!
  }
  const at = (logs: readonly number[]) => predictAll(rows, of(logs))
  let logs: readonly number[] = known.mean
  for (let round = 0; round < rounds; round++) logs = solve(linearise(rows, engines, logs, at), known)
  // Where the constants are known to within a fold, the model is linear enough.
  const linear = linearise(rows, engines, logs, at)
  const catalog = openCatalog()
  const heldOut = schemesOf(rows, (gpu) => catalog.gpu(gpu).generation).map((scheme) => ({
    scheme: scheme.name,
    predictions: holdOut(rows, scheme, linear, known, of),
  }))
  return {
    constants: new Map(engines.map((engine, e) => [engine, constantsOf(logs.slice(e * count, (e + 1) * count))])),
    inSample: at(logs),
    heldOut,
  }
}

function priorOf(engines: number): Known {
  const all = Array.from({ length: engines }, () => parameters).flat()
  return {
    mean: all.map(({ expected }) => Math.log(expected)),
    spread: all.map(({ spread }) => spread),
    least: all.map(({ least }) => Math.log(least)),
    most: all.map(({ most }) => Math.log(most)),
  }
}

interface Linear extends Linearised {
  readonly residuals: readonly (Residual & { readonly row: Measured })[]
}

/** Derivatives by differences: a parameter of one engine moves the points of that engine alone, so that all engines move at once. */
function linearise(
  rows: readonly Measured[],
  engines: readonly string[],
  logs: readonly number[],
  at: (logs: readonly number[]) => readonly Prediction[],
): Linear {
  const base = at(logs)
  const count = parameters.length
  const moved = parameters.map((_, p) => at(logs.map((log, i) => (i % count === p ? log + step : log))))
  const sizes = new Map([...grouped(rows, configurationOf)].map(([name, points]) => [name, points.length]))
  const residuals = (['tpot_ms', 'ttft_ms'] as const).flatMap((figure) => {
    const used = new Set(scored(base, figure).map(({ row }) => row))
    return base.flatMap(({ row, measured, predicted }, i) => {
      if (!used.has(row) || predicted === undefined) return []
      const value = Math.log(predicted[figure] / measured[figure]!)
      const slopes = moved.map((other) => Math.log(other[i]!.predicted![figure] / predicted[figure]) / step)
      const error = errors[figure] * Math.sqrt(Math.max(1, sizes.get(configurationOf(row))! / apart))
      return [{ row, value, slopes, first: engines.indexOf(row.text('engine')) * count, error }]
    })
  })
  return { at: logs, residuals }
}

function holdOut(
  rows: readonly Measured[],
  { partOf, knows }: Scheme,
  { at, residuals }: Linear,
  known: Known,
  of: (logs: readonly number[]) => (row: Measured) => EngineConstants,
): readonly Prediction[] {
  const parts = grouped(rows, (row) => partOf(row) ?? '')
  const fitted = new Map(
    [...parts.keys()].map((part) => {
      const others = residuals.filter(({ row }) => partOf(row) !== part && (knows?.(part, partOf(row) ?? '') ?? true))
      return [part, of(solve({ at, residuals: others }, known))]
    }),
  )
  const tested = rows.filter((row) => knows === undefined || [...parts.keys()].some((other) => knows(partOf(row) ?? '', other)))
  return predictAll(tested, (row) => fitted.get(partOf(row) ?? '')!(row))
}
