import { drawnLength } from '../spaces/benchmark.ts'
import type { Catalog } from '../spaces/catalog.ts'
import { type Engine, engineSchema } from '../spaces/engine.ts'
import { importHfConfig } from '../spaces/hf-config/index.ts'
import { type Length, lengthMoments } from '../spaces/length.ts'
import { type Model, modelSchema } from '../spaces/model.ts'
import { parseWith } from '../spaces/validate.ts'
import { besides, inside, type Where } from '../spaces/where.ts'
import { lengthOfAll, type Workload, workloadSchema } from '../spaces/workload.ts'
import type { Study } from './study.ts'
import { thinned } from './trace/thin.ts'
import { readTrace } from './trace/trace.ts'

/** The model of the catalogue, of a Hugging Face config, or written in place; and what was guessed while reading it. */
export function resolveModel(
  model: Study['model'],
  catalog: Catalog,
  where: Where,
): { readonly model: Model; readonly warnings: readonly string[] } {
  const at = inside(where, 'model')
  if (typeof model === 'string') return { model: catalog.model(model, at), warnings: [] }
  if ('layerGroups' in model) return { model: parseWith(modelSchema, { name: model.id, ...sourced(model) }, at), warnings: [] }
  return importHfConfig(besides(where.file, model.hfConfig))
}

/** A model that a person wrote for one study: they are its source unless they name another. */
export function sourced<T extends object>(model: T): T {
  return { source: { title: 'stated in the study', confidence: 'low' }, ...model }
}

/** The engine of the catalogue, or one with some of its fields changed: mappings merge, everything else is replaced. */
export function resolveEngine(engine: Study['engine'], catalog: Catalog, where: Where): Engine {
  const at = inside(where, 'engine')
  if (typeof engine === 'string') return catalog.engine(engine, at)
  const { base, ...changes } = engine
  const known = catalog.engine(base, inside(at, 'base'))
  const identity = { id: `${known.id}-changed`, name: `${known.name}, changed` }
  return parseWith(engineSchema, merge({ ...known, ...identity }, changes), at)
}

export function resolveWorkload(workload: Study['workload'], catalog: Catalog, where: Where): Workload {
  if (typeof workload === 'string') return asDrawn(catalog.workload(workload, inside(where, 'workload')))
  if ('trace' in workload) {
    return { id: 'inline', name: `requests of ${workload.trace}`, ...thinned(readTrace(besides(where.file, workload.trace))) }
  }
  if ('classes' in workload) {
    const { classes } = workload
    const name = classes.map((c) => c.name).join(' and ')
    return { id: 'inline', name, isl: lengthOfAll(classes, 'isl'), osl: lengthOfAll(classes, 'osl'), prefixHit: 0, classes }
  }
  const { isl, osl, paired, prefixHit = 0, benchmark } = workload
  const name = `${tokens(isl)} in, ${tokens(osl)} out`
  const lengths = { isl: length(isl), osl: length(osl), ...(paired === true && { paired }) }
  const written = { id: 'inline', name, ...lengths, prefixHit, ...(benchmark !== undefined && { benchmark }) }
  return asDrawn(paired === true ? parseWith(workloadSchema, written, inside(where, 'workload')) : written)
}

/** With the lengths that a benchmark's client draws. */
function asDrawn(workload: Workload): Workload {
  const range = workload.benchmark?.randomRange
  if (range === undefined) return workload
  return { ...workload, isl: drawnLength(workload.isl, range), osl: drawnLength(workload.osl, range) }
}

function length(written: number | Length): Length {
  return typeof written === 'number' ? { kind: 'fixed', tokens: written } : written
}

function tokens(written: number | Length): string {
  if (typeof written === 'number') return `${written}`
  switch (written.kind) {
    case 'fixed':
      return `${written.tokens}`
    case 'uniform':
      return `${written.from} to ${written.to}`
    case 'lognormal':
      return `${written.mean} (CV ${written.cv})`
    case 'empirical':
    case 'mixture':
      return `${Math.round(lengthMoments(written).mean)} on average`
  }
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isMapping(base) || !isMapping(changes)) return changes
  const merged = Object.entries(changes).map(([key, value]) => [key, merge(base[key], value)] as const)
  return { ...base, ...Object.fromEntries(merged) }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
