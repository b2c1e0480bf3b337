import { createHash } from 'node:crypto'

/** SHA-256, in hex, of plain data: equal data give equal hashes whatever the order of their keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** JSON with sorted keys and without undefined fields (RFC 8785 for the values that a study holds). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (isMapping(inner) ? sorted(inner) : inner))
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(mapping: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const keys = Object.keys(mapping).sort()
  return Object.fromEntries(keys.map((key) => [key, mapping[key]]))
}
