import type { CatalogEntry } from '../spaces/catalog.ts'
import type { Source } from '../spaces/figure.ts'
import { printTable } from './table.ts'

type Line = readonly [path: string, value: string, source: string]

/** A catalogue entry as a person reads it: one line per figure with where it comes from and how far to trust it. */
export function showEntry(entry: CatalogEntry): string {
  const value = entry.value as Readonly<Record<string, unknown>>
  const sources = (value.sources ?? {}) as Readonly<Record<string, Source>>
  const { sources: _, ...rest } = value
  const header = [
    { heading: 'figure', align: 'left' },
    { heading: 'value', align: 'left' },
    { heading: 'source', align: 'left' },
  ] as const
  const origin = entry.file === undefined || entry.origin === 'built-in' ? entry.origin : `${entry.origin} ${entry.file}`
  return `${entry.kind} ${entry.id} (${origin})\n\n${printTable(header, flatten('', rest, sources))}\n`
}

function flatten(path: string, value: unknown, sources: Readonly<Record<string, Source>>): readonly Line[] {
  if (typeof value !== 'object' || value === null) return [[path, String(value), '']]
  if ('from' in value && 'value' in value)
    return [[path, String(value.value), describe(sources[String(value.from)], 'note' in value ? value.note : undefined)]]
  if (isSource(value)) return [[path, '', describe(value, undefined)]]
  if (Array.isArray(value) && value.every((v) => typeof v !== 'object')) return [[path, value.join(', '), '']]
  return Object.entries(value).flatMap(([key, v]) => flatten(Array.isArray(value) ? `${path}[${key}]` : dotted(path, key), v, sources))
}

function dotted(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isSource(value: object): value is Source {
  return 'title' in value && 'confidence' in value
}

function describe(source: Source | undefined, note: unknown): string {
  const from = source === undefined ? '' : `${source.title} (${source.date ?? 'undated'}, ${source.confidence} confidence)`
  return typeof note === 'string' ? `${from}; ${note}` : from
}
