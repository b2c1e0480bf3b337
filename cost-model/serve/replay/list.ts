/** Doubly linked lists over request numbers; a request is in one list of its links at a time, so all share two arrays. */
export interface Links {
  readonly next: Int32Array
  readonly prev: Int32Array
}

export interface List {
  head: number
  tail: number
  size: number
}

export function makeLinks(count: number): Links {
  return { next: new Int32Array(count).fill(-1), prev: new Int32Array(count).fill(-1) }
}

export function emptyList(): List {
  return { head: -1, tail: -1, size: 0 }
}

export function pushBack(list: List, { next, prev }: Links, item: number): void {
  prev[item] = list.tail
  next[item] = -1
  if (list.tail >= 0) next[list.tail] = item
  else list.head = item
  list.tail = item
  list.size++
}

export function pushFront(list: List, { next, prev }: Links, item: number): void {
  next[item] = list.head
  prev[item] = -1
  if (list.head >= 0) prev[list.head] = item
  else list.tail = item
  list.head = item
  list.size++
}

export function remove(list: List, { next, prev }: Links, item: number): void {
  const [before, after] = [prev[item], next[item]]
  if (before >= 0) next[before] = after
  else list.head = after
  if (after >= 0) prev[after] = before
  else list.tail = before
  list.size--
}
