/** Seconds over rows as a piecewise-linear curve: knots `perOctave` to a doubling, from 1/64 row to 2^24. */
export type RowCurve = Float64Array

// A kink between two knots (where arithmetic overtakes memory) is missed by less than 1 / (4 x perOctave): 0.2 %.
const perOctave = 128
const first = 64
const octaves = 30
const largest = 2 ** octaves - 1
const powers = Float64Array.from({ length: octaves + 1 }, (_, octave) => 2 ** -octave)

export const knots = octaves * perOctave + 1

/** Exact at its knots, and between them where `seconds` is linear there. */
export function makeRowCurve(seconds: (rows: number) => number): RowCurve {
  return Float64Array.from({ length: knots }, (_, k) => seconds(rowsOfKnot(k)))
}

export function rowsOfKnot(k: number): number {
  const octave = Math.floor(k / perOctave)
  return (2 ** octave * (1 + (k % perOctave) / perOctave)) / first
}

/** Where so many rows lie among the knots: of the last one before them, and how far to the next. Fewer than the first has lie on it. */
export function knotAt(rows: number): number {
  const x = Math.max(1, rows * first)
  // The logarithm of an integer in one instruction.
  const octave = 31 - Math.clz32(Math.min(x, largest))
  return octave * perOctave + (x * powers[octave]! - 1) * perOctave
}

/** Of more than no rows; below the first knot as at it, beyond the last as between the last two. */
export function rowSeconds(curve: RowCurve, rows: number): number {
  const along = knotAt(rows)
  const k = Math.min(knots - 2, Math.floor(along))
  return curve[k]! + (along - k) * (curve[k + 1]! - curve[k]!)
}
