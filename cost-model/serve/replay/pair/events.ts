/** Things to come, in order of time; of two at the same time the one that was planned first. */
export interface Events<T> {
  /** When the next one is due; Infinity: none is planned. */
  due(): number
  plan(time: number, event: T): void
  take(): T
}

export function makeEvents<T>(): Events<T> {
  const heap: { readonly time: number; readonly order: number; readonly event: T }[] = []
  let planned = 0
  const before = (a: number, b: number) =>
    heap[a]!.time < heap[b]!.time || (heap[a]!.time === heap[b]!.time && heap[a]!.order < heap[b]!.order)
  const swap = (a: number, b: number) => {
    ;[heap[a], heap[b]] = [heap[b]!, heap[a]!]
  }
  return {
    due: () => heap[0]?.time ?? Number.POSITIVE_INFINITY,
    plan: (time, event) => {
      let at = heap.push({ time, order: planned++, event }) - 1
      for (let up = (at - 1) >> 1; at > 0 && before(at, up); at = up, up = (at - 1) >> 1) swap(at, up)
    },
    take: () => {
      const { event } = heap[0]!
      const last = heap.pop()!
      if (heap.length === 0) return event
      heap[0] = last
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        let least = at
        if (left < heap.length && before(left, least)) least = left
        if (right < heap.length && before(right, least)) least = right
        if (least === at) return event
        swap(at, least)
        at = least
      }
    },
  }
}
