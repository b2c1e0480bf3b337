/** A column that grows: numbers of an unknown count in few bytes each. */
export interface Column<T extends Int32Array | Float64Array> {
  push(value: number): void
  size(): number
  /** What was pushed; the column is not used afterwards. */
  done(): T
}

const first = 1024

export function columnOf<T extends Int32Array | Float64Array>(make: new (length: number) => T): Column<T> {
  let [values, count] = [new make(first), 0]
  return {
    push: (value) => {
      if (count === values.length) {
        const more = new make(2 * count)
        more.set(values)
        values = more
      }
      values[count++] = value
    },
    size: () => count,
    done: () => values.subarray(0, count) as T,
  }
}
