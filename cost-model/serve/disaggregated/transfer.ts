import type { Connector } from '../../../spaces/connector.ts'

/** KV of one prompt on its way from a prefill to a decode worker, bytes, and the links it takes. */
export interface Transfer {
  /** Out of the busiest GPU that sends, and into the busiest that receives. */
  readonly sent: number
  readonly received: number
  /** Prompts that different GPUs of a worker send, or receive, at once: its attention-DP ranks. */
  readonly senders: number
  readonly receivers: number
  /** Of one GPU, bytes/s that transfers reach. */
  readonly bandwidth: number
  readonly latency: number
  /** Pieces that leave one by one while the rest is still computed. */
  readonly pieces: number
}

export interface TransferTimes {
  /** Seconds that the links are busy with one prompt, its neighbours taking their share. */
  readonly wire: number
  /** What of it is left when the prefill ends. */
  readonly exposed: number
}

/** Prompts per second that the links of so many workers carry. */
export function transferCapacity({ sent, received, senders, receivers, bandwidth }: Transfer, from: number, to: number): number {
  return Math.min((from * senders * bandwidth) / sent, (to * receivers * bandwidth) / received)
}

/**
 * Processor sharing at the network cards of both sides (M/G/1-PS: a transfer takes 1 / (1 - utilisation) as long as alone, whatever the lengths);
 * the slower side decides. All pieces but the last leave while the prompt is computed, in `own` seconds: own + exposed = latency + max(own + wire /
 * pieces, wire + own / pieces), increasing in `own`.
 */
export function transferTimes(transfer: Transfer, from: number, to: number, rate: number, own: number): TransferTimes {
  const { sent, received, senders, receivers, bandwidth, latency, pieces } = transfer
  const shared = (bytes: number, links: number) => bytes / bandwidth / (1 - (rate * bytes) / (links * bandwidth))
  const wire = Math.max(shared(sent, from * senders), shared(received, to * receivers))
  return { wire, exposed: latency + Math.max(wire / pieces, wire - own * (1 - 1 / pieces)) }
}

/** Pieces of a prompt's KV: whole, by chunks, or by layers of chunks. */
export function piecesOf(sends: Connector['sends'], chunks: number, layers: number): number {
  switch (sends) {
    case 'prompt':
      return 1
    case 'chunk':
      return chunks
    case 'layer':
      return chunks * layers
  }
}
