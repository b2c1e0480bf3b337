/**
 * Free KV blocks in the order they will be given out, as runs of one former owner: vLLM gives the longest unused first and frees a
 * request's blocks from its end, so that what is left of its run is the beginning of its text, found again when it resumes.
 */
export interface FreeBlocks {
  free: number
  /** Runs from `head` to before `tail`, at these positions modulo the length of the arrays. */
  head: number
  tail: number
  owners: Int32Array
  counts: Int32Array
  /** Position of the run of each request; -1: none. Absent: nothing is remembered. */
  readonly runOf: Int32Array | undefined
}

const nobody = -1

/** `runOf`, of -1 for each request, turns memory on. */
export function freeBlocks(blocks: number, runOf: Int32Array | undefined): FreeBlocks {
  const remember = Number.isFinite(blocks) ? runOf : undefined
  const list = { free: 0, head: 0, tail: 0, owners: new Int32Array(16), counts: new Int32Array(16), runOf: remember }
  release(list, nobody, blocks)
  return list
}

/** Gives `n` blocks back: of a request that may resume, or (-1) of one that is done. */
export function release(list: FreeBlocks, owner: number, n: number): void {
  list.free += n
  if (list.runOf === undefined || n === 0) return
  const last = (list.tail - 1) & (list.owners.length - 1)
  if (owner === nobody && list.tail > list.head && list.owners[last] === nobody) {
    list.counts[last] += n
    return
  }
  if (list.tail - list.head === list.owners.length) grow(list)
  const at = list.tail & (list.owners.length - 1)
  list.owners[at] = owner
  list.counts[at] = n
  if (owner !== nobody) list.runOf[owner] = list.tail
  list.tail++
}

/** Takes the `n` blocks that were unused longest; there are as many. */
export function take(list: FreeBlocks, n: number): void {
  list.free -= n
  const { owners, counts, runOf } = list
  if (runOf === undefined) return
  for (let left = n; left > 0; ) {
    const at = list.head & (owners.length - 1)
    if (counts[at] > left) {
      counts[at] -= left
      return
    }
    left -= counts[at]
    if (owners[at] !== nobody) runOf[owners[at]] = nobody
    list.head++
  }
}

/** Blocks of a request's beginning that nobody has taken since it left. */
export function remembered({ runOf, counts }: FreeBlocks, owner: number): number {
  const run = runOf === undefined ? -1 : runOf[owner]
  return run < 0 ? 0 : counts[run & (counts.length - 1)]
}

/** Takes the first `n` blocks that are remembered of a request; the rest of them is nobody's. */
export function recover(list: FreeBlocks, owner: number, n: number): void {
  const { runOf, counts, owners } = list
  if (runOf === undefined || runOf[owner] < 0) return
  const at = runOf[owner] & (counts.length - 1)
  counts[at] -= n
  owners[at] = nobody
  runOf[owner] = nobody
  list.free -= n
}

function grow(list: FreeBlocks): void {
  const size = list.owners.length
  const [owners, counts] = [new Int32Array(2 * size), new Int32Array(2 * size)]
  for (let run = list.head; run < list.tail; run++) {
    owners[run & (2 * size - 1)] = list.owners[run & (size - 1)]
    counts[run & (2 * size - 1)] = list.counts[run & (size - 1)]
  }
  list.owners = owners
  list.counts = counts
}
