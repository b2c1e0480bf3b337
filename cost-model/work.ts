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
