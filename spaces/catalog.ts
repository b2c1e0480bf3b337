import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import {
  type CatalogKind,
  catalogFolders,
  folderLayer,
  type InlineEntries,
  inlineLayer,
  type Layer,
  type Origin,
  type Stub,
  slugOf,
} from './catalog-layer.ts'
import { type Engine, engineSchema } from './engine.ts'
import { type Gpu, gpuSchema } from './gpu.ts'
import { importHfConfig } from './hf-config/index.ts'
import { InputError } from './issue.ts'
import { type Model, modelSchema } from './model.ts'
import { type Node, nodeSchema } from './node.ts'
import { packageRoot } from './package-root.ts'
import { didYouMean, sameWords } from './suggest.ts'
import { parseWith } from './validate.ts'
import { besides, issueAt, type Where } from './where.ts'
import { type Workload, workloadSchema } from './workload.ts'

export type { CatalogKind } from './catalog-layer.ts'
export const catalogKinds = Object.keys(catalogFolders) as readonly CatalogKind[]

/** An entry as written, before its schema: plain data to show or hash. */
export interface CatalogEntry {
  readonly kind: CatalogKind
  readonly id: string
  readonly origin: Origin
  readonly file: string | undefined
  readonly value: unknown
  readonly where: Where
}

/**
 * Names to things. A name is an id, or the short name that is its last part, in any case. `where` is the place a person wrote the
 * name, for the message when nobody knows it.
 */
export interface Catalog {
  readonly model: (name: string, where?: Where) => Model
  readonly gpu: (name: string, where?: Where) => Gpu
  readonly node: (name: string, where?: Where) => Node
  readonly engine: (name: string, where?: Where) => Engine
  readonly workload: (name: string, where?: Where) => Workload
  readonly entry: (kind: CatalogKind, name: string, where?: Where) => CatalogEntry
  /** Ids, sorted; of equal ids the one that takes precedence. */
  readonly list: (kind: CatalogKind) => readonly string[]
  /** Ids of the entries whose id or name has every word of the text. */
  readonly search: (kind: CatalogKind, text: string) => readonly string[]
}

export interface CatalogOptions {
  /** Entries of a study; they win over everything. */
  readonly inline?: InlineEntries | undefined
  /** Where the inline entries stand in the study. */
  readonly inlineWhere?: Where | undefined
  /** Folders of `--catalog`, laid out as the built-in one; the first wins. */
  readonly dirs?: readonly string[] | undefined
}

/** Opens no file until a name is asked for. */
export function openCatalog({ inline = {}, inlineWhere = {}, dirs = [] }: CatalogOptions = {}): Catalog {
  const builtIn = fileURLToPath(new URL('spaces/catalog', packageRoot()))
  const layers: readonly Layer[] = [
    inlineLayer(inline, inlineWhere),
    ...dirs.map((dir) => folderLayer(dir, 'file')),
    folderLayer(builtIn, 'built-in'),
  ]
  return {
    model: reader(layers, 'model', modelSchema),
    gpu: reader(layers, 'gpu', gpuSchema),
    node: reader(layers, 'node', nodeSchema),
    engine: reader(layers, 'engine', engineSchema),
    workload: reader(layers, 'workload', workloadSchema),
    entry: (kind, name, where) => {
      const stub = find(layers, kind, name, where)
      return { kind, id: stub.label().id, origin: stub.origin, file: stub.file, ...stub.load() }
    },
    list: (kind) => idsOf(stubsOf(layers, kind)),
    search: (kind, text) => idsOf(stubsOf(layers, kind).filter((stub) => hasWords(stub, text))),
  }
}

/** Looks a name up and checks the entry against its schema, once per entry. */
function reader<S extends z.ZodType>(layers: readonly Layer[], kind: CatalogKind, schema: S) {
  const parsed = new Map<Stub, z.output<S>>()
  return (name: string, where?: Where): z.output<S> => {
    const stub = find(layers, kind, name, where)
    const known = parsed.get(stub)
    if (known !== undefined) return known
    const { value, where: source } = stub.load()
    const thing = parseWith(schema, named(kind === 'model' ? fromHfConfig(value, source) : value), source)
    parsed.set(stub, thing)
    return thing
  }
}

/** A person's short entry may leave out `name`: it is then the id. */
function named(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('id' in value)) return value
  return { name: value.id, ...value }
}

/** A model entry may name a Hugging Face config.json, relative to its own file, and state only what differs. */
function fromHfConfig(value: unknown, where: Where): unknown {
  if (typeof value !== 'object' || value === null || !('hfConfig' in value) || typeof value.hfConfig !== 'string') return value
  const { hfConfig, ...stated } = value
  const { model, warnings } = importHfConfig(besides(where.file, hfConfig))
  return { ...model, ...(warnings.length > 0 && { notes: warnings.join('; ') }), ...stated }
}

function find(layers: readonly Layer[], kind: CatalogKind, name: string, where: Where = {}): Stub {
  for (const layer of layers) {
    const stubs = layer(kind)
    const found = bySlug(stubs, name) ?? byId(stubs, name)
    if (found !== undefined) return found
  }
  const all = stubsOf(layers, kind)
  const names = all.flatMap((stub) => [stub.label().id, stub.slug])
  const things = all.map((stub) => ({ id: stub.label().id, texts: [stub.label().id, stub.slug, stub.label().name] }))
  const suggestion =
    sameWords(name, things) ?? didYouMean(name, names) ?? `fleetfront catalog list ${catalogFolders[kind]} shows all ${all.length}`
  throw new InputError(issueAt(where, { code: 'unknown-name', message: `unknown ${kind} "${name}"`, suggestion }))
}

/** The file of that name, which needs no other file read; with an organisation in front (`org/name`) its id must agree. */
function bySlug(stubs: readonly Stub[], name: string): Stub | undefined {
  const slug = slugOf(name)
  return stubs.find((stub) => stub.slug === slug && (!name.includes('/') || sameName(stub.label().id, name)))
}

function byId(stubs: readonly Stub[], name: string): Stub | undefined {
  const exact = stubs.find((stub) => sameName(stub.label().id, name))
  return exact ?? (name.includes('/') ? undefined : stubs.find((stub) => slugOf(stub.label().id) === slugOf(name)))
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Stubs of all layers; of equal ids the first layer's. */
function stubsOf(layers: readonly Layer[], kind: CatalogKind): readonly Stub[] {
  const byName = new Map<string, Stub>()
  for (const stub of layers.flatMap((layer) => layer(kind))) {
    const id = stub.label().id.toLowerCase()
    if (!byName.has(id)) byName.set(id, stub)
  }
  return [...byName.values()]
}

function idsOf(stubs: readonly Stub[]): readonly string[] {
  return stubs.map((stub) => stub.label().id).sort((a, b) => (a < b ? -1 : 1))
}

function hasWords(stub: Stub, text: string): boolean {
  const { id, name } = stub.label()
  const haystack = `${id} ${name} ${stub.slug}`.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}
