/** The values of one dimension of a space, in order and without repeats; a long range is not written out. */
export interface Axis<T> {
  readonly size: number
  at(index: number): T
  /** -1 where the value is not on the axis. */
  indexOf(value: T): number
}

export function listAxis<T>(values: readonly T[]): Axis<T> {
  const distinct = [...new Set(values)]
  const indexes = new Map(distinct.map((value, i) => [value, i]))
  return { size: distinct.length, at: (i) => distinct[i]!, indexOf: (value) => indexes.get(value) ?? -1 }
}

/** from, from + step, ... up to and perhaps including `to`; whole numbers. */
export function stepAxis(from: number, to: number, step: number): Axis<number> {
  const size = Math.max(0, Math.floor((to - from) / step) + 1)
  const indexOf = (value: number) => {
    const i = (value - from) / step
    return Number.isInteger(i) && i >= 0 && i < size ? i : -1
  }
  return { size, at: (i) => from + i * step, indexOf }
}

/** from, from x factor, ... up to and perhaps including `to`, each rounded to a whole number. */
export function factorAxis(from: number, to: number, factor: number): Axis<number> {
  const values: number[] = []
  for (let k = 0; Math.round(from * factor ** k) <= to; k++) values.push(Math.round(from * factor ** k))
  return listAxis(values)
}

export function axisValues<T>(axis: Axis<T>): readonly T[] {
  return Array.from({ length: axis.size }, (_, i) => axis.at(i))
}
