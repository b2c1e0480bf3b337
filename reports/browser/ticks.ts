/** 1, 2, 3 and 5 times the powers of ten around [least, most]: what a person expects beside a logarithmic axis. */
export function logTicks(least: number, most: number): readonly number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    for (const digit of [1, 2, 3, 5]) ticks.push(Number(`${digit}e${power}`))
  }
  return ticks
}

/** Least and most of the positive values, NaN left out; [1, 1] where there are none. */
export function positiveRange(values: Float32Array): readonly [number, number] {
  let [least, most] = [Infinity, 0]
  for (const value of values) {
    if (value > 0 && value < least) least = value
    if (value > most) most = value
  }
  return most > 0 ? [least, most] : [1, 1]
}
