import { openCatalog } from '../../spaces/catalog.ts'
import { versionOf } from '../validate/serving/engine.ts'
import { scored } from '../validate/serving/errors.ts'
import { grouped } from '../validate/serving/groups.ts'
import type { Measured } from '../validate/serving/measured.ts'
import { type Prediction, predictAll } from '../validate/serving/predict.ts'
import { constantsOf, type EngineConstants, parameters, release } from './constants.ts'
import { configurationOf, type Scheme, schemesOf } from './schemes.ts'
import { type Known, type Linearised, type Residual, solve } from './solve.ts'

/** Constants of engines by family, and predictions of points with constants that know nothing of them. */
export interface ServingFit {
  readonly constants: Values
  /** All with the same constants; then held out by each scheme. */
  readonly inSample: readonly Prediction[]
  readonly heldOut: readonly { readonly scheme: string; readonly predictions: readonly Prediction[] }[]
}

/** Standard errors of a prediction as ln(predicted / measured), about what a good one reaches. */
const errors = { tpot_ms: 0.08, ttft_ms: 0.2 } as const
/** Points of one configuration err together: all of them tell as much as so many that err apart. */
const apart = 1
const rounds = 3
const step = 0.05

/** Colocated points without drafts, of quality A and B. */
export function fitServing(all: readonly Measured[]): ServingFit {
  const rows = all.filter((row) => ['', 'colocated'].includes(row.text('serving_mode')) && ['', 'A', 'B'].includes(row.text('quality')))
  const unknowns = unknownsOf(rows)
  const known = priorOf(unknowns)
  let logs: readonly number[] = known.mean
  for (let round = 0; round < rounds; round++) logs = solve(linearise(rows, unknowns, logs), known)
  // Fits that leave a part out come to constants so close that the model is linear between them.
  const linear = linearise(rows, unknowns, logs)
  const catalog = openCatalog()
  const heldOut = schemesOf(rows, (gpu) => catalog.gpu(gpu).generation).map((scheme) => ({
    scheme: scheme.name,
    predictions: holdOut(rows, scheme, linear, known, unknowns),
  }))
  return { constants: valuesOf(unknowns, logs), inSample: predictWith(rows, valuesOf(unknowns, logs)), heldOut }
}

/** Where the numbers of a fit stand: the parameters of each engine, then its releases. */
interface Unknowns {
  readonly engines: readonly string[]
  /** Engine and version, one after the other. */
  readonly releases: readonly (readonly [engine: string, version: string])[]
}

type Values = ReadonlyMap<string, EngineConstants>

const count = parameters.length

function unknownsOf(rows: readonly Measured[]): Unknowns {
  const releases = new Map(rows.map((row) => [`${row.text('engine')} ${versionOf(row)}`, [row.text('engine'), versionOf(row)] as const]))
  return {
    engines: [...new Set(rows.map((row) => row.text('engine')))].toSorted(),
    releases: [...releases.entries()].toSorted(byName).map(([, release]) => release),
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function valuesOf({ engines, releases }: Unknowns, logs: readonly number[]): Values {
  const first = engines.length * count
  return new Map(
    engines.map((engine, e) => {
      const own = releases.flatMap(([of, version], r) => (of === engine ? [[version, Math.exp(logs[first + r]!)]] : []))
      return [engine, constantsOf(logs.slice(e * count, (e + 1) * count), Object.fromEntries(own))]
    }),
  )
}

function predictWith(rows: readonly Measured[], values: Values): readonly Prediction[] {
  return predictAll(rows, (row) => values.get(row.text('engine'))!)
}

function priorOf({ engines, releases }: Unknowns): Known {
  const all = [...engines.flatMap(() => parameters), ...releases.map(() => release)]
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
function linearise(rows: readonly Measured[], unknowns: Unknowns, logs: readonly number[]): Linear {
  const { engines, releases } = unknowns
  const first = engines.length * count
  const at = (moves: (i: number) => boolean) =>
    predictWith(
      rows,
      valuesOf(
        unknowns,
        logs.map((log, i) => (moves(i) ? log + step : log)),
      ),
    )
  const base = at(() => false)
  const moved = [...parameters.map((_, p) => at((i) => i < first && i % count === p)), at((i) => i >= first)]
  const sizes = new Map([...grouped(rows, configurationOf)].map(([name, points]) => [name, points.length]))
  const placesOf = (row: Measured) => {
    const engine = engines.indexOf(row.text('engine')) * count
    const version = releases.findIndex(([of, version]) => of === row.text('engine') && version === versionOf(row))
    return [...parameters.map((_, p) => engine + p), first + version]
  }
  const residuals = (['tpot_ms', 'ttft_ms'] as const).flatMap((figure) => {
    const used = new Set(scored(base, figure).map(({ row }) => row))
    return base.flatMap(({ row, measured, predicted }, i) => {
      if (!used.has(row) || predicted === undefined) return []
      const value = Math.log(predicted[figure] / measured[figure]!)
      const slopes = moved.map((other) => Math.log(other[i]!.predicted![figure] / predicted[figure]) / step)
      const error = errors[figure] * Math.sqrt(Math.max(1, sizes.get(configurationOf(row))! / apart))
      return [{ row, value, slopes, places: placesOf(row), error }]
    })
  })
  return { at: logs, residuals }
}

function holdOut(
  rows: readonly Measured[],
  { partOf, knows }: Scheme,
  { at, residuals }: Linear,
  known: Known,
  unknowns: Unknowns,
): readonly Prediction[] {
  const parts = new Set(rows.map(partOf))
  const fitted = new Map(
    [...parts].map((part) => {
      const others = residuals.filter(({ row }) => partOf(row) !== part && (knows?.(part, partOf(row)) ?? true))
      return [part, valuesOf(unknowns, solve({ at, residuals: others }, known))]
    }),
  )
  const tested = rows.filter((row) => knows === undefined || [...parts].some((other) => knows(partOf(row), other)))
  return predictAll(tested, (row) => fitted.get(partOf(row))!.get(row.text('engine'))!)
}
