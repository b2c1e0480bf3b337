import type { z } from 'zod'
import type { Path } from './where.ts'

type Schema = z.core.$ZodType

/** Keys that a schema knows at a path, over all branches of a union; empty where it does not end at an object. */
export function keysAt(schema: Schema, path: PropertyKey[] | Path): readonly string[] {
  const ends = path.reduce<readonly Schema[]>((schemas, step) => schemas.flatMap((s) => childrenOf(s, step)), [schema])
  return [...new Set(ends.flatMap(keysOf))]
}

function childrenOf(schema: Schema, step: PropertyKey): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      return def.shape[String(step)] === undefined ? [] : [def.shape[String(step)]!]
    case 'array':
      return [def.element]
    case 'tuple':
      return [def.items[Number(step)] ?? def.rest].filter((item) => item !== null && item !== undefined)
    case 'record':
      return [def.valueType]
    default:
      return insideOf(schema).flatMap((inner) => childrenOf(inner, step))
  }
}

function keysOf(schema: Schema): readonly string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      return Object.keys(def.shape)
    case 'record':
      return namesOf(def.keyType)
    default:
      return insideOf(schema).flatMap(keysOf)
  }
}

function namesOf(keyType: Schema): readonly string[] {
  const { def } = (keyType as z.core.$ZodTypes)._zod
  return def.type === 'enum' ? Object.values(def.entries).map(String) : []
}

/** What a wrapper wraps and the branches of a union. */
function insideOf(schema: Schema): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'union':
      return def.options
    case 'intersection':
      return [def.left, def.right]
    case 'pipe':
      return [def.in, def.out]
    case 'lazy':
      return [def.getter()]
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return [def.innerType]
    default:
      return []
  }
}
