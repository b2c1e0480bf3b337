import { z } from 'zod'
import { readExpected } from '../measure.ts'

const pair = z.tuple([z.number(), z.number()])
const schema = z.strictObject({
  source: z.string(),
  date: z.string(),
  families: z.array(z.string()),
  gpus: z.record(z.string(), z.array(pair)),
})

/** Errors of the compact model to compare with, as shares: MAPE and median; undefined where it has none. */
export type CompactErrors = (family: string, gpu: string) => readonly [number, number] | undefined

export function readCompact(): { readonly source: string; readonly errorsOf: CompactErrors } {
  const { source, date, families, gpus } = readExpected('operators.yaml', schema)
  return {
    source: `${source}, ${date}`,
    errorsOf: (family, gpu) => {
      const found = gpus[gpu]?.[families.indexOf(family)]
      return found && [found[0] / 100, found[1] / 100]
    },
  }
}
