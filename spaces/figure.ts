import { z } from 'zod'
import { type Bounds, quantity } from './quantity.ts'
import type { QuantityKind } from './units.ts'

/** How far a catalogue figure can be trusted: seen in several sources or a log; one source or a derivation; an estimate or announcement. */
export const confidenceSchema = z.enum(['high', 'medium', 'low'])

export const sourceSchema = z.strictObject({
  /** Document, log or dataset the figure was read from. */
  title: z.string(),
  /** When it was read or published: YYYY, YYYY-MM or YYYY-MM-DD. */
  date: z.union([z.string().regex(/^\d{4}(-\d{2}){0,2}$/), z.int().min(1900).max(2200).transform(String)]),
  confidence: confidenceSchema,
})
export type Source = z.infer<typeof sourceSchema>

/**
 * A number about the world, in SI base units or as text with a unit (`3350 GB/s`). A file of ours writes `{ value, from }`, where
 * `from` names one of the file's `sources`; a person's own ten-line entry may write the bare value, whose source is then that entry.
 */
export function figure(kind: QuantityKind, bounds: Bounds = {}) {
  const value = quantity(kind, bounds)
  return z.union([value, z.strictObject({ value, from: z.string(), note: z.string().optional() })])
}

export type Figure = number | { readonly value: number; readonly from: string; readonly note?: string | undefined }

export function figureValue(figure: Figure): number {
  return typeof figure === 'number' ? figure : figure.value
}
