import { z } from 'zod'
import { formatQuantity, parseQuantity, type QuantityKind } from './units.ts'

/** Bounds in SI units, both allowed. Sane ones catch a forgotten unit: 80 where 80 GiB was meant. */
export interface Bounds {
  readonly least?: number
  readonly most?: number
}

/**
 * A number in SI base units or a string with a unit (`"400 Gb/s"`, `"30 ms"`), as a number in SI base units. Positive, unless
 * `least` says otherwise.
 */
export function quantity(kind: QuantityKind, bounds: Bounds = {}) {
  return z.union([z.number(), z.string()]).transform((input, context) => {
    const parsed = typeof input === 'number' ? ({ ok: true, value: input } as const) : parseQuantity(kind, input)
    const problem = parsed.ok ? outOfBounds(kind, parsed.value, bounds) : parsed.problem
    if (problem === undefined && parsed.ok) return parsed.value
    context.issues.push({ code: 'custom', input, message: problem?.message, params: problem })
    return z.NEVER
  })
}

function outOfBounds(kind: QuantityKind, value: number, { least, most = Number.MAX_VALUE }: Bounds) {
  const low = least === undefined ? value <= 0 : value < least
  if (!low && value <= most) return undefined
  const limit = low ? (least === undefined ? 'more than 0' : `at least ${print(kind, least)}`) : `at most ${print(kind, most)}`
  return { code: 'out-of-range', message: `must be ${limit}, not ${print(kind, value)}`, suggestion: undefined }
}

function print(kind: QuantityKind, value: number): string {
  return value === 0 ? '0' : formatQuantity(kind, value)
}
