import { z } from 'zod'
import type { Measure } from './measure.ts'
import { readExpected } from './measure.ts'
import type { Check } from './suite.ts'

/** A file of expected values: its source, and rows that each name a measure. */
const tableSchema = z.strictObject({
  group: z.string(),
  source: z.string(),
  date: z.string(),
  /** Anchors that rows repeat. */
  shared: z.unknown().optional(),
  rows: z.array(
    z.strictObject({
      id: z.string(),
      what: z.string(),
      measure: z.string(),
      of: z.unknown(),
      unit: z.string().default(''),
      value: z.union([z.number(), z.string()]).optional(),
      tolerance: z.number().nonnegative().default(0),
      least: z.number().optional(),
      most: z.number().optional(),
      /** Where the source is wrong: what it says, and what is right. */
      says: z.string().optional(),
      right: z.string().optional(),
    }),
  ),
})

/** The rows of a file of expected values, each with what we compute. A measure that nobody has is a bug of the file. */
export function checksOf(file: string, measures: Readonly<Record<string, Measure>>): readonly Check[] {
  const { group, rows } = readExpected(file, tableSchema)
  return rows.map(({ id, what, measure, of, unit, value, tolerance, least, most, says, right }) => {
    const compute = measures[measure]
    if (compute === undefined) throw new Error(`${file}: no measure is called ${measure}`)
    const wrong = says === undefined || right === undefined ? undefined : { says, right }
    return { id, group, what, unit, expected: { value, tolerance, least, most }, ours: compute(of), wrong }
  })
}
