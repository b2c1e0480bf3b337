import { z } from 'zod'

/** How far a catalogue figure can be trusted: seen in several sources or a log; one source or a derivation; an estimate or announcement. */
export const confidenceSchema = z.enum(['high', 'medium', 'low'])
export type Confidence = z.infer<typeof confidenceSchema>

export const sourceSchema = z.strictObject({
  /** Document, log or dataset the figure was read from. */
  title: z.string(),
  /** When it was read or published: YYYY, YYYY-MM or YYYY-MM-DD. */
  date: z.string().regex(/^\d{4}(-\d{2}){0,2}$/),
  confidence: confidenceSchema,
})
export type Source = z.infer<typeof sourceSchema>

/**
 * A number about the world. A file of ours writes `{ value, from }`, where `from` names one of the file's `sources`;
 * a person's own ten-line entry may write the bare number, whose source is then that entry.
 */
export const figureSchema = z.union([z.number(), z.strictObject({ value: z.number(), from: z.string(), note: z.string().optional() })])
export type Figure = z.infer<typeof figureSchema>

export function figureValue(figure: Figure): number {
  return typeof figure === 'number' ? figure : figure.value
}
