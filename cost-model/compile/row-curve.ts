/** Seconds over rows as a piecewise-linear curve: knots `perOctave` to a doubling, from 1/64 row to 2^24. */
export type RowCurve = Float64Array

// A kink between two knots (where arithmetic overtakes memory) is missed by less than 1 / (4 x perOctave): 0.2 %.
const perOctave = 128
const first = 64
const octaves = 30
const largest = 2 ** octaves - 1
const powers = Float64Array.from({ length: octaves + 1 }, (_, octave) => 2 ** -octave)

/** Exact at its knots, and between them where `seconds` is linear there. */
export function makeRowCurve(seconds: (rows: number) => number): RowCurve {
  return Float64Array.from({ length: octaves * perOctave + 1 }, (_, i) => {
    const octave = Math.floor(i / perOctave)
    return seconds((2 ** octave * (1 + (i % perOctave) / perOctave)) / first)
  })
}

/** Of more than no rows; below the first knot as at it, beyond the last as between the last two. */
export function rowSeconds(curve: RowCurve, rows: number): number {
  const x = Math.max(1, rows * first)
  // The logarithm of an integer in one instruction.
  const octave = 31 - Math.clz32(Math.min(x, largest))
  const along = (x * powers[octave]! - 1) * perOctave
  const i = Math.min(perOctave - 1, Math.floor(along))
  const k = octave * perOctave + i
  return curve[k]! + (along - i) * (curve[k + 1]! - curve[k]!)
}
