import { z } from 'zod'
import { figureValue } from '../../../spaces/figure.ts'
import { type Measure, measure, readExpected } from '../measure.ts'
import { catalog } from './kv.ts'

const wallSchema = z.strictObject({
  source: z.string(),
  date: z.string(),
  notes: z.string(),
  rows: z.array(
    z.strictObject({
      year: z.int(),
      model: z.string(),
      /** Billions, experts that a token does not use included. */
      parameters: z.number().positive(),
      gpu: z.string(),
      /** Catalogue entry that the figures are compared with. */
      entry: z.string(),
      /** Dense FP16 TFLOP/s; TB/s. */
      tflops: z.number().positive(),
      bandwidth: z.number().positive(),
    }),
  ),
})
type WallRow = z.infer<typeof wallSchema>['rows'][number]

/** The AI memory-wall table of seed 002, its last row corrected. */
export function memoryWall(): z.infer<typeof wallSchema> {
  return readExpected('memory-wall.yaml', wallSchema)
}

const quantities = { parameters: 0, tflops: 0, bandwidth: 0 }
const quantity = z.enum(Object.keys(quantities) as ['parameters', 'tflops', 'bandwidth'])

function row(year: number, model: string): WallRow {
  const found = memoryWall().rows.find((one) => one.year === year && one.model === model)
  if (found === undefined) throw new Error(`the memory-wall table has no ${model} of ${year}`)
  return found
}

/** TFLOP/s and TB/s of a catalogue entry. */
function catalogued(entry: string) {
  const { flops, memory } = catalog().gpu(entry)
  return { tflops: figureValue(flops.fp16!) / 1e12, bandwidth: figureValue(memory.bandwidth) / 1e12 }
}

const gpu = z.strictObject({ gpu: z.string() })
const which = z.strictObject({ year: z.int(), model: z.string() })

/** Measures of the catalogue and of the memory-wall table. */
export const hardwareMeasures: Readonly<Record<string, Measure>> = {
  'memory bandwidth': measure(gpu, ({ gpu }) => figureValue(catalog().gpu(gpu).memory.bandwidth) / 1e9),
  /** GB/s of bus bits / 8 times a rate per pin: the catalogue's, or a stated one in Gb/s. */
  'bus bandwidth': measure(gpu.extend({ rate: z.number().optional() }), ({ gpu, rate }) => {
    const { busWidthBits, pinRate } = catalog().gpu(gpu).memory
    return (figureValue(busWidthBits!) / 8) * (rate ?? figureValue(pinRate!) / 1e9)
  }),
  growth: measure(
    which.extend({ since: which, of: quantity }),
    ({ year, model, since, of }) => row(year, model)[of] / row(since.year, since.model)[of],
  ),
  'FLOP per byte': measure(which, ({ year, model }) => row(year, model).tflops / row(year, model).bandwidth),
  /** A figure of the table over the catalogue's of the same GPU. */
  'against the catalogue': measure(which.extend({ of: z.enum(['tflops', 'bandwidth']) }), ({ year, model, of }) => {
    const one = row(year, model)
    return one[of] / catalogued(one.entry)[of]
  }),
}
