import { z } from 'zod'
import { readExpected } from '../measure.ts'

const range = z.strictObject({ from: z.number().positive(), to: z.number().positive() })
const names = z.array(z.string()).min(1)
const widths = z.array(z.int().positive()).min(1)
const share = z.number().min(0)
const medians = z.strictObject({ closed: z.record(z.string(), share), open: z.record(z.string(), share) })

/** From what the operating points are drawn, how long each is replayed, and how far the closed forms may be off. */
const specSchema = z.strictObject({
  seed: z.int(),
  points: z.int().positive(),
  models: names,
  gpus: names,
  engines: names,
  widths: z.strictObject({ pp: widths, attentionDp: widths, tp: widths }),
  weights: names,
  chunk: widths,
  isl: range,
  osl: range,
  islCv: z.array(share),
  oslCv: z.array(share),
  prefixHit: z.array(share),
  batch: z.strictObject({ most: z.int().positive(), ofKv: share }),
  load: range,
  requests: z.strictObject({ closed: z.int(), perSlot: z.int(), open: z.int(), warm: share }),
  exclude: z.strictObject({ demand: z.tuple([share, share]), ofKv: share, share }),
  medians,
  /** Pairs of prefill and decode workers, at most so many of each, of the same lengths and layouts. */
  pairs: z.strictObject({ points: z.int().positive(), workers: z.int().positive(), medians }),
})
export type Spec = z.infer<typeof specSchema>

export function readSpec(): Spec {
  return readExpected('replay.yaml', specSchema)
}
