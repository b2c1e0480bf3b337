import type { Calibration } from '../cost-model/calibration.ts'
import { type ColumnName, type Fidelity, findColumn } from '../cost-model/column.ts'
import type { Scenario } from '../cost-model/scenario.ts'
import type { Objective } from '../cost-model/serve/open/slo-capacity.ts'
import { type CatalogKind, openCatalog } from '../spaces/catalog.ts'
import type { Pool } from '../spaces/fleet.ts'
import { InputError, type Issue } from '../spaces/issue.ts'
import { besides, inside, issueAt, type Where } from '../spaces/where.ts'
import type { Workload } from '../spaces/workload.ts'
import { calibrationUnder, loadCalibration } from './calibration.ts'
import { hashOf } from './hash.ts'
import { limitsOf } from './limit.ts'
import { resolveEngine, resolveModel, resolveWorkload, sourced } from './parts.ts'
import { studySpace } from './plan-space.ts'
import { type Prices, resolvePools } from './pools.ts'
import type { WrittenStudy } from './read-study.ts'
import type { Setting } from './setting.ts'
import type { Study } from './study.ts'

export interface ResolveOptions {
  /** Folders of `--catalog`. */
  readonly dirs?: readonly string[] | undefined
  /** Dollars per GPU-hour by GPU that win over everything (`--price`). */
  readonly prices?: Prices | undefined
  /** File of operator constants that wins over the study's (`--calibration`). */
  readonly calibration?: string | undefined
  /** SLOs at the pessimistic end of the bands, whatever the study says (`--robust`). */
  readonly robust?: boolean | undefined
  /** Wins over the study's (`--fidelity`). */
  readonly fidelity?: Fidelity | undefined
}

/** Looks up every name of a study and checks what only then can be checked. InputError where something does not fit. */
export function resolveStudy({ study, where }: WrittenStudy, options: ResolveOptions = {}): Setting {
  const { gpus, nodes, engines, workloads } = study
  const inline = { models: study.models?.map(sourced), gpus, nodes, engines, workloads }
  const catalog = openCatalog({ inline: withoutUndefined(inline), inlineWhere: where, dirs: options.dirs })
  for (const [kind, folder] of inlineKinds) {
    for (const { id } of inline[folder] ?? []) catalog[kind](id)
  }
  const { model, warnings } = resolveModel(study.model, catalog, where)
  const pools = resolvePools(study, catalog, where, options.prices ?? {})
  const engine = resolveEngine(study.engine, catalog, where)
  const workload = resolveWorkload(study.workload, catalog, where)
  const constants = constantsOf(study, where, options.calibration)
  const calibration = study.routing === undefined ? constants : { ...constants, routing: { ...constants.routing, ...study.routing } }
  const { arrivals } = study
  if (arrivals !== undefined && workload.benchmark !== undefined) throw new InputError(issueAt(inside(where, 'arrivals'), closedLoop))
  const asked = askedOf(study, workload)
  const scenario: Scenario = {
    ...{ model, pools, engine, workload, calibration },
    ...(arrivals !== undefined && { arrivals }),
    ...(asked !== undefined && { asked }),
  }
  const pairs = pairsOf(study, where)
  const space = { scenario, axes: study.axes, ...(pairs !== undefined && { pairs }) }
  const { size } = studySpace(space, where)
  checkColumns(study, { pools, workload }, where)
  const fidelity = options.fidelity ?? study.fidelity
  const robust = options.robust ?? study.robust
  if (robust && !hasSlo(study, workload)) throw new InputError(issueAt(inside(where, 'robust'), nothingRobust))
  const written = {
    ...study,
    prices: { ...study.prices, ...options.prices },
    ...(options.calibration !== undefined && { calibration: options.calibration }),
    ...(fidelity !== undefined && { fidelity }),
    ...(robust !== undefined && { robust }),
  }
  // An index names the same plan however closely plans are looked at.
  const { name, description: _, fidelity: __, ...question } = written
  return {
    name,
    slug: slugOf(name),
    ...space,
    objectives: study.objectives,
    limits: limitsOf(study.slo, study.limits, { rate: arrivals?.rate, classes: workload.classes, robust }),
    fidelity: fidelity ?? 'closed',
    study: written,
    studyHash: hashOf({ question, size, pools: pools.map(({ id, gpus }) => ({ id, gpus })) }),
    catalogHash: hashOf({ model, pools, engine, workload }),
    calibrationHash: hashOf(constants),
    warnings,
  }
}

function constantsOf({ calibration }: Study, { file }: Where, asked: string | undefined): Calibration {
  if (asked !== undefined) return calibrationUnder(asked, asked)
  return calibration === undefined ? loadCalibration() : calibrationUnder(besides(file, calibration), calibration)
}

function hasSlo({ slo }: Study, { classes = [] }: Workload): boolean {
  const slos = [slo, ...classes.map((one) => one.slo)]
  return slos.some((one) => one !== undefined && [one.ttft, one.tpot, one.e2e].some((bound) => bound !== undefined))
}

const nothingRobust = { code: 'conflict', message: 'needs an SLO to meet', suggestion: 'write slo: { ttft: 2 s, tpot: 30 ms }' }

const closedLoop = {
  code: 'conflict',
  message: 'a benchmark is a closed loop, and arrivals are not',
  suggestion: 'leave out arrivals, or the benchmark of the workload',
}

const inlineKinds = [
  ['model', 'models'],
  ['gpu', 'gpus'],
  ['node', 'nodes'],
  ['engine', 'engines'],
  ['workload', 'workloads'],
] as const satisfies readonly (readonly [CatalogKind, keyof Study])[]

/** What a study says of separate workers; undefined where it has none. */
function pairsOf({ serving = 'colocated', prefill, decode }: Study, where: Where): Setting['pairs'] {
  if (serving !== 'colocated')
    return { prefill: prefill ?? { axes: {} }, decode: decode ?? { axes: {} }, alone: serving === 'disaggregated' }
  const given = prefill !== undefined ? 'prefill' : 'decode'
  if (prefill === undefined && decode === undefined) return undefined
  const suggestion = 'write serving: disaggregated, or both'
  throw new InputError(
    issueAt(inside(where, given), { code: 'conflict', message: 'says what separate workers are, and there are none', suggestion }),
  )
}

/** Distributions of latencies take much longer than their means: only a study that names one, or has arrivals, gets them. */
function askedOf({ objectives, limits, slo, arrivals }: Study, workload: Workload): Scenario['asked'] {
  const named = [...objectives, ...(Object.keys(limits) as readonly ColumnName[])]
  const needs = named.map((column) => findColumn(column)?.needs)
  const { percentile, ...bounds } = slo
  const classes = classSlos(workload, percentile)
  if (classes === undefined && percentile === undefined && arrivals === undefined && !needs.includes('latencies') && !needs.includes('slo'))
    return undefined
  const share = percentile === undefined ? undefined : percentile / 100
  return {
    capacity: named.includes('slo_capacity_req_s'),
    slo: { ...bounds, ...(share !== undefined && { share }), ...(classes !== undefined && { classes }) },
  }
}

/** Undefined where no class has one. A class that names no percentile is held to the study's. */
function classSlos({ classes = [] }: Workload, percentile: number | undefined): Objective['classes'] {
  if (classes.every(({ slo }) => slo === undefined)) return undefined
  return classes.map(({ slo }) => {
    if (slo === undefined) return undefined
    const { percentile: own = percentile, ...bounds } = slo
    return { ...bounds, ...(own !== undefined && { share: own / 100 }) }
  })
}

/** An objective or limit on a column that no plan of this fleet has a value in would only ever empty the front. */
function checkColumns(study: Study, { pools, workload }: Pick<Scenario, 'pools' | 'workload'>, where: Where): void {
  const objectives = study.objectives.map((column, i) => [column, inside(where, 'objectives', i)] as const)
  const limits = Object.keys(study.limits).map((column) => [column as ColumnName, inside(where, 'limits', column)] as const)
  const issues = [...objectives, ...limits].flatMap(([column, at]): readonly Issue[] => {
    const lacking = missing(column, pools, hasSlo(study, workload), study.serving === 'disaggregated')
    return lacking === undefined ? [] : [issueAt(at, { code: 'no-value', ...lacking })]
  })
  if (issues.length > 0) throw new InputError(issues)
}

function missing(
  column: ColumnName,
  pools: readonly Pool[],
  hasSlo: boolean,
  separate: boolean,
): Pick<Issue, 'message' | 'suggestion'> | undefined {
  const needs = findColumn(column)?.needs
  switch (needs) {
    case undefined:
      return undefined
    case 'price': {
      const pool = pools.find(({ price }) => price === undefined)
      return (
        pool && { message: `${column} needs a price, and ${pool.gpu.id} has none`, suggestion: `write prices: { ${pool.gpu.id}: 2.5 }` }
      )
    }
    case 'power': {
      const pool = pools.find(({ wattsPerGpu }) => wattsPerGpu === undefined)
      return pool && { message: `${column} needs a power, and ${pool.gpu.id} lists none`, suggestion: 'name a node, or give the GPU a tdp' }
    }
    case 'latencies':
      return undefined
    case 'slo':
      return hasSlo ? undefined : { message: `${column} needs an SLO`, suggestion: 'write slo: { ttft: 2 s, tpot: 30 ms }' }
    case 'workers':
      return separate ? undefined : { message: `${column} needs separate workers`, suggestion: 'write serving: disaggregated' }
    case 'bands':
      return undefined
    case 'replay':
    case 'chance':
      return { message: `${column} is known only of plans that the search has found` }
  }
}

/** Lower case, words joined by hyphens: `Llama 3.3 on 64 H100` -> `llama-3.3-on-64-h100`. Never empty, never a path. */
function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  return slug === '' ? 'study' : slug.slice(0, 100)
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T
}
