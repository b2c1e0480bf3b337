import type { Rate } from '../device.ts'

/** y = x W of `rows` rows: a rank's columns and depth, and how many such products one kernel does (one per head). */
export interface GemmShape {
  readonly columns: number
  readonly depth: number
  readonly batch: number
}

/** Rows and columns of the output tiles that GPU libraries choose from. */
const tiles = [
  [64, 64],
  [64, 128],
  [128, 64],
  [128, 128],
  [128, 256],
  [256, 128],
  [256, 256],
] as const
const mostSplits = 8

/** Output rows per operand loaded, of the 128 x 256 tile at which a row of the calibration states its share of the peak. */
const reference = (128 * 256) / (128 + 256)

/**
 * Seconds of a product's arithmetic: tiles go to the multiprocessors in waves, a split of the depth fills the last of them and costs the
 * sum of the parts; each tile takes as long as one multiprocessor needs for it and for `prologue` more of the depth. The library takes the
 * fastest choice. Where the count of multiprocessors is unknown, all of the peak is available to any shape.
 */
export function gemmSeconds({ columns, depth, batch }: GemmShape, rows: number, rate: Rate): number {
  const { perFlop, best, multiprocessors } = rate
  const { prologue = 0, edge = 0, split = 0 } = rate.source?.row ?? {}
  if (multiprocessors === undefined) return 2 * rows * columns * depth * batch * perFlop
  let least = Number.POSITIVE_INFINITY
  for (const [tall, wide] of tiles) {
    const reuse = (tall * wide) / (tall + wide)
    const each = Math.max(best, (perFlop * (1 + edge / reuse)) / (1 + edge / reference)) * 2 * tall * wide * multiprocessors
    const count = Math.ceil(rows / tall) * Math.ceil(columns / wide) * batch
    for (let splits = 1, doublings = 0; splits <= mostSplits; splits *= 2, doublings++) {
      const waves = Math.ceil((count * splits) / multiprocessors)
      least = Math.min(least, waves * each * (depth / splits + prologue) + split * doublings)
    }
  }
  return least
}
