import { z } from 'zod'
import { readExpected } from '../measure.ts'

const tableSchema = z.strictObject({
  model: z.string(),
  gpu: z.string(),
  tp: z.int().positive(),
  /** Prompt tokens, requests of a static batch, milliseconds of their prefill and of one decode step. */
  rows: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
})

const figureSchema = z.strictObject({
  id: z.string(),
  source: z.string(),
  date: z.string(),
  ...{ model: z.string(), gpu: z.string(), gpus: z.int().positive() },
  engine: z.union([z.string(), z.looseObject({ base: z.string() })]),
  /** Widths that are not 1, as in a plan key; r: redundant experts. */
  layout: z.string(),
  precision: z.string(),
  phase: z.enum(['prefill', 'decode']),
  /** Of a prompt, or of the context of a decode. */
  tokens: z.number(),
  /** Prompts, or decoding requests, of each attention-DP rank. */
  batch: z.number(),
  value: z.number(),
  unit: z.enum(['ms', 'tok/s/GPU']),
  /** How unevenly experts were used, where the source says. */
  exponent: z.number().optional(),
  /** Why ours may be more than 30 % away. */
  why: z.string().optional(),
})

const schema = z.strictObject({
  splitwise: z.strictObject({
    source: z.string(),
    date: z.string(),
    engine: z.looseObject({ base: z.string() }),
    tables: z.array(tableSchema),
  }),
  figures: z.array(figureSchema),
})

export type Published = z.output<typeof schema>
export type PublishedFigure = z.output<typeof figureSchema>

export function readPublished(): Published {
  return readExpected('published.yaml', schema)
}
