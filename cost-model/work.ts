/** What an op does on one rank: FLOPs, bytes read from and written to HBM, bytes sent to peers, messages. Additive. */
export interface Work {
  readonly flops: number
  readonly read: number
  readonly write: number
  readonly sent: number
  readonly messages: number
}

export const noWork: Work = { flops: 0, read: 0, write: 0, sent: 0, messages: 0 }

export function addWork(a: Work, b: Work): Work {
  return {
    flops: a.flops + b.flops,
    read: a.read + b.read,
    write: a.write + b.write,
    sent: a.sent + b.sent,
    messages: a.messages + b.messages,
  }
}

export function scaleWork(a: Work, times: number): Work {
  return { flops: a.flops * times, read: a.read * times, write: a.write * times, sent: a.sent * times, messages: a.messages * times }
}
