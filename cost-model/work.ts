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

/** FLOP, bytes read and bytes written, in this order: written anew by every `StepWork`, since objects would be garbage of millions of steps. */
export type Done = Float64Array

export function newDone(): Done {
  return new Float64Array(3)
}

export function setDone(done: Done, flops: number, read: number, write: number): void {
  done[0] = flops
  done[1] = read
  done[2] = write
}

/** Work of an op that depends on the step, written to `done`. */
export type StepWork<Counts> = (rows: number, counts: Counts, done: Done) => void
