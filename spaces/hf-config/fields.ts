import { InputError } from '../issue.ts'
import { inside, issueAt, type Where } from '../where.ts'
import { aliases, type Field } from './aliases.ts'
import { at, isObject, type JsonObject, shown } from './json.ts'

/** A config.json's text model while it is read. */
export interface HfConfig {
  readonly values: JsonObject
  /** What the family's own code takes a number to be where config.json leaves it out. */
  readonly defaults: Partial<Readonly<Record<Field, number>>>
  readonly where: Where
  /** Remembers something a person should know about the reading; the same text only once. */
  readonly warn: (text: string) => void
}

/** A whole number above zero; InputError that names the field and all its spellings where it is missing. */
export function int(config: HfConfig, field: Field): number {
  const value = maybeInt(config, field)
  if (value !== undefined) return value
  const { what, keys } = aliases[field]
  const [key, ...others] = keys as [string, ...string[]]
  const spelled = others.length === 0 ? '' : `, also read from ${others.join(', ')}`
  throw problem(config, key, 'missing-key', `is missing (the ${what}${spelled})`)
}

/** A whole number above zero; undefined where it is left out. */
export function maybeInt(config: HfConfig, field: Field): number | undefined {
  return numberAt(config, field, undefined)
}

/** As `maybeInt`, of a field that may also be a list with one number per layer. */
export function layerInt(config: HfConfig, field: Field, layer: number): number | undefined {
  return numberAt(config, field, layer)
}

function numberAt(config: HfConfig, field: Field, layer: number | undefined): number | undefined {
  const { keys, zeroIsNone, most = 1e9 } = aliases[field]
  for (const key of keys) {
    const found = at(config.values, key)
    const listed = layer !== undefined && Array.isArray(found)
    const value = listed ? found[layer] : found
    if (found === undefined) continue
    if (value === 0 && zeroIsNone) return undefined
    const path = listed ? `${key}.${layer}` : key
    if (typeof value !== 'number' || !Number.isInteger(value)) throw problem(config, path, 'wrong-type', notAWholeNumber(value))
    if (value < 1 || value > most) throw problem(config, path, 'out-of-range', `must be from 1 to ${most}, not ${value}`)
    return value
  }
  return config.defaults[field]
}

function notAWholeNumber(value: unknown): string {
  return value === undefined ? 'has no entry for the layer' : `must be a whole number, not ${shown(value)}`
}

/** The first of the keys that is given; `otherwise` where none is. */
export function flag(config: HfConfig, keys: readonly string[], otherwise = false): boolean {
  for (const key of keys) {
    const value = at(config.values, key)
    if (typeof value === 'boolean') return value
    if (value !== undefined) throw problem(config, key, 'wrong-type', `must be true or false, not ${shown(value)}`)
  }
  return otherwise
}

export function maybeText(config: HfConfig, key: string): string | undefined {
  const value = at(config.values, key)
  if (value === undefined || typeof value === 'string') return value
  throw problem(config, key, 'wrong-type', `must be text, not ${shown(value)}`)
}

/** A list with one item per layer (or more, for the layers of multi-token prediction); undefined where it is left out. */
export function layerList<T extends string | number>(config: HfConfig, key: string, kind: 'number' | 'string', layers: number) {
  const value = at(config.values, key)
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.some((item) => typeof item !== kind)) {
    throw problem(config, key, 'wrong-type', `must be a list of ${kind === 'string' ? 'texts' : 'numbers'}, not ${shown(value)}`)
  }
  if (value.length < layers) throw problem(config, key, 'out-of-range', `has ${value.length} items for ${layers} layers`)
  return value as readonly T[]
}

/** A list of objects with one item per layer. */
export function layerObjects(config: HfConfig, key: string, layers: number): readonly JsonObject[] {
  const value = at(config.values, key)
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw problem(config, key, value === undefined ? 'missing-key' : 'wrong-type', 'must be a list with a mapping per layer')
  }
  if (value.length < layers) throw problem(config, key, 'out-of-range', `has ${value.length} items for ${layers} layers`)
  return value
}

/** The problem at a dotted key, for a caller to throw. */
export function problem(config: HfConfig, key: string, code: string, message: string): InputError {
  return new InputError(issueAt(inside(config.where, ...key.split('.')), { code, message }))
}
