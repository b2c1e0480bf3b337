/** What an op does on one rank: FLOPs, bytes read from and written to HBM, bytes sent to peers, messages. Additive. */
export interface Work {
  readonly flops: number
  readonly read: number
  readonly write: number
  readonly sent: number
  readonly messages: number
}

/** Work that is the same for every row, beside bytes that are read once (weights). */
export interface RowWork {
  readonly flops: number
  readonly fixed: number
  readonly read: number
  readonly write: number
  readonly sent: number
  readonly messages: number
}

/**
 * FLOP, bytes read and bytes written, in this order, and of experts the pairs and how many are in use: written anew by every `StepWork`,
 * since objects would be garbage of millions of steps.
 */
export type Done = Float64Array

export function newDone(): Done {
  return new Float64Array(5)
}

/** Seconds of an op: waiting for arithmetic, waiting for memory, and what any such kernel takes, in this order. They add up to its time. */
export type Parts = Float64Array

export function newParts(): Parts {
  return new Float64Array(3)
}

/** Time of an op in a step, written to `parts`, given what its `StepWork` wrote to `done` before. */
export type Kernel<Counts = unknown> = (rows: number, counts: Counts, done: Done, parts: Parts) => void

export function setDone(done: Done, flops: number, read: number, write: number): void {
  done[0] = flops
  done[1] = read
  done[2] = write
}

/** Work of an op that depends on the step, written to `done`. */
export type StepWork<Counts> = (rows: number, counts: Counts, done: Done) => void
