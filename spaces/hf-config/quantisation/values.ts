import { InputError } from '../../issue.ts'
import { inside, issueAt } from '../../where.ts'
import { at, shown } from '../json.ts'
import type { QuantConfig } from './scheme.ts'

/** A list of texts; empty where it is left out. */
export function texts(quant: QuantConfig, key: string): readonly string[] {
  const value = at(quant.values, key) ?? []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw problem(quant, key, `must be a list of texts, not ${shown(value)}`)
}

export function maybeNumber(quant: QuantConfig, key: string): number | undefined {
  const value = at(quant.values, key)
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw problem(quant, key, `must be a number, not ${shown(value)}`)
}

export function problem(quant: QuantConfig, key: string, message: string): InputError {
  return new InputError(issueAt(inside(quant.where, ...key.split('.')), { code: 'wrong-type', message }))
}
