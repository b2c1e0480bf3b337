import { InputError } from './issue.ts'
import { listFolder, readText, readYaml } from './read.ts'
import { inside, issueAt, type Where } from './where.ts'

/** Kinds of things a catalogue holds, and the folder (and key of inline entries) each lies in. */
export const catalogFolders = {
  model: 'models',
  gpu: 'gpus',
  node: 'nodes',
  engine: 'engines',
  workload: 'workloads',
  study: 'studies',
} as const
export type CatalogKind = keyof typeof catalogFolders

export type Origin = 'inline' | 'file' | 'built-in'

interface Label {
  readonly id: string
  readonly name: string
}

/** Something a catalogue holds, not yet parsed. */
export interface Stub {
  readonly origin: Origin
  readonly file: string | undefined
  /** Short name: the file's name without extension, or the last part of an inline entry's id. */
  readonly slug: string
  /** Its `id:` and `name:`, read without parsing the rest. */
  readonly label: () => Label
  readonly load: () => { readonly value: unknown; readonly where: Where }
}

/** One source of entries; the catalogue asks its layers in order of precedence. */
export type Layer = (kind: CatalogKind) => readonly Stub[]

/** Entries written inside a study: `{ gpus: [{ id: my-gpu, ... }] }`. */
export type InlineEntries = { readonly [F in (typeof catalogFolders)[CatalogKind]]?: readonly unknown[] }

/** `meta-llama/Llama-3.3-70B-Instruct` -> `llama-3.3-70b-instruct` */
export function slugOf(id: string): string {
  return id
    .slice(id.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
}

export function inlineLayer(entries: InlineEntries, where: Where): Layer {
  const stubs = new Map<string, readonly Stub[]>()
  for (const folder of Object.values(catalogFolders)) {
    stubs.set(folder, withoutTwins((entries[folder] ?? []).map((value, i) => inlineStub(value, inside(where, folder, i)))))
  }
  return (kind) => stubs.get(catalogFolders[kind]) as readonly Stub[]
}

function inlineStub(value: unknown, where: Where): Stub {
  const label = labelOf(value, '')
  if (label.id === '') throw new InputError(issueAt(inside(where, 'id'), { code: 'missing-key', message: 'is missing (text)' }))
  return { origin: 'inline', file: where.file, slug: slugOf(label.id), label: () => label, load: () => ({ value, where }) }
}

/** Of two entries of one source with the same id nobody could say which was meant. */
function withoutTwins(stubs: readonly Stub[]): readonly Stub[] {
  const seen = new Map<string, Stub>()
  for (const stub of stubs) {
    const { id } = stub.label()
    const twin = seen.get(id.toLowerCase())
    if (twin !== undefined) {
      const other = twin.file === stub.file ? 'an entry above' : twin.file
      throw new InputError(issueAt(inside(stub.load().where, 'id'), { code: 'conflict', message: `"${id}" is the id of ${other} too` }))
    }
    seen.set(id.toLowerCase(), stub)
  }
  return stubs
}

/** A folder with sub-folders `models`, `gpus`, ...; one YAML file per thing. */
export function folderLayer(folder: string, origin: Origin): Layer {
  const names = listFolder(folder)
  const known: readonly string[] = Object.values(catalogFolders)
  if (names === undefined || !names.some((name) => known.includes(name))) {
    const message = names === undefined ? 'no such directory' : `holds none of the sub-folders ${known.join(', ')}`
    throw new InputError({ path: '', code: 'unreadable', message, file: folder })
  }
  const cache = new Map<CatalogKind, readonly Stub[]>()
  return (kind) => {
    const stubs = cache.get(kind) ?? folderStubs(`${folder}/${catalogFolders[kind]}`, origin)
    cache.set(kind, stubs)
    return stubs
  }
}

function folderStubs(folder: string, origin: Origin): readonly Stub[] {
  const files = (listFolder(folder) ?? []).filter((name) => /\.ya?ml$/.test(name))
  const stubs = files.map((name) => fileStub(`${folder}/${name}`, name.replace(/\.ya?ml$/, ''), origin))
  // Nobody opens 136 files of ours to find what a test has found.
  return origin === 'built-in' ? stubs : withoutTwins(stubs)
}

function fileStub(file: string, stem: string, origin: Origin): Stub {
  let label: Label | undefined
  let loaded: ReturnType<Stub['load']> | undefined
  const load = () => {
    loaded ??= readYaml(file)
    return loaded
  }
  return {
    origin,
    file,
    slug: slugOf(stem),
    label: () => {
      label ??= readLabel(readText(file)) ?? labelOf(load().value, stem)
      return label
    },
    load,
  }
}

/** Reading two lines by pattern instead of parsing keeps listing 136 models quick; undefined where no line starts with `id:`. */
function readLabel(text: string): Label | undefined {
  const id = topLevel(text, 'id')
  return id === undefined ? undefined : { id, name: topLevel(text, 'name') ?? id }
}

/** The label inside an entry; `fallback` is the id of one that has none. */
function labelOf(value: unknown, fallback: string): Label {
  const { id, name } = (typeof value === 'object' && value !== null ? value : {}) as { id?: unknown; name?: unknown }
  const known = typeof id === 'string' ? id : fallback
  return { id: known, name: typeof name === 'string' ? name : known }
}

function topLevel(text: string, key: string): string | undefined {
  const match = new RegExp(`^${key}:[ \\t]*(?:"([^"]*)"|'([^']*)'|([^#\\n]*?))[ \\t]*(?:#.*)?$`, 'm').exec(text)
  return match?.[1] ?? match?.[2] ?? match?.[3]
}
