import type { FirstToken } from '../../../spaces/connector.ts'
import { type DecodeWorker, decodeRate } from './decode.ts'
import { type PrefillWorker, prefillCapacity, prefillSojourn } from './prefill.ts'
import { type Transfer, transferCapacity, transferTimes } from './transfer.ts'

/** Prefill workers, the links, and decode workers, and how many of each. */
export interface Pair {
  readonly prefill: PrefillWorker
  readonly decode: DecodeWorker
  readonly transfer: Transfer
  readonly prefillWorkers: number
  readonly decodeWorkers: number
  readonly firstToken: FirstToken
  /** Output tokens after the first, of which there are some. */
  readonly tokens: number
}

/** What bounds the requests per second of a pair: a stage's own speed, or the requests that the decode workers may or can hold. */
export type PairLimit = 'prefill' | 'transfer' | 'seats' | 'kv'

/** Seconds of one request, in order: they add up to its time in the system. */
export interface PairParts {
  /** In the queue of the prefill workers. */
  readonly wait: number
  readonly prefill: number
  /** What of the transfer the prefill does not hide. */
  readonly transfer: number
  /** With the KV there, or held back for want of room: until the first decode step, or the one after it where that makes the first token again. */
  readonly admission: number
  readonly decode: number
}

/** Steady state of the whole: requests/s x e2e = concurrency (Little). */
export interface PairServing {
  readonly ttft: number
  /** Between the first and the last token, per token. */
  readonly tpot: number
  readonly e2e: number
  readonly requestsPerSecond: number
  readonly concurrency: number
  /** Requests that decode on one worker. */
  readonly running: number
  readonly parts: PairParts
  /** Seconds that the links are busy with one prompt. */
  readonly wire: number
  /** Requests whose KV a prefill worker keeps, and that a decode worker keeps or has promised room. */
  readonly heldByPrefill: number
  readonly heldByDecode: number
}

/** Most requests that run on a decode worker. */
export function mostRunning({ batch, seats, kvSeats }: DecodeWorker): number {
  return Math.max(1, Math.min(batch, seats, kvSeats))
}

/** Requests per second that the pair serves at most, and what bounds them. */
export function pairCapacity({ prefill, decode, transfer, prefillWorkers, decodeWorkers }: Pair): {
  readonly rate: number
  readonly by: PairLimit
} {
  const most = mostRunning(decode)
  const limits: readonly { readonly rate: number; readonly by: PairLimit }[] = [
    { rate: prefillWorkers * prefillCapacity(prefill), by: 'prefill' },
    { rate: transferCapacity(transfer, prefillWorkers, decodeWorkers), by: 'transfer' },
    { rate: decodeWorkers * decodeRate(decode, most), by: most < Math.min(decode.batch, decode.seats) ? 'kv' : 'seats' },
  ]
  return limits.reduce((least, limit) => (limit.rate < least.rate ? limit : least))
}

/**
 * One operating point: `rate` requests per second come and go, `running` of them decode on each worker. `seen` is the rate at which a request
 * finds the others (in a closed loop it does not find itself). `extra`: seconds more that requests wait for prefill, and for a decode worker.
 */
export function pairAt(
  pair: Pair,
  point: { readonly rate: number; readonly seen: number; readonly running: number; readonly arrivalCv: number },
  extra: { readonly wait: number; readonly admission: number } = { wait: 0, admission: 0 },
): PairServing {
  const { prefill, decode, transfer, prefillWorkers, decodeWorkers, firstToken, tokens } = pair
  const { rate, seen, running, arrivalCv } = point
  const first = prefillSojourn(prefill, prefillWorkers, seen, arrivalCv)
  const { wire, exposed } = transferTimes(transfer, prefillWorkers, decodeWorkers, seen, first.own)
  const interval = decode.interval(running)
  const joining = (decode.joins + (firstToken === 'recomputed' ? 1 : 0)) * interval
  const parts: PairParts = {
    wait: first.wait + extra.wait,
    prefill: first.prefill,
    transfer: exposed,
    admission: joining + extra.admission,
    decode: decode.steps * interval,
  }
  const arrived = parts.wait + parts.prefill
  const e2e = arrived + parts.transfer + parts.admission + parts.decode
  const ttft = firstToken === 'prefill' ? arrived : arrived + parts.transfer + parts.admission
  return {
    ttft,
    tpot: (e2e - ttft) / tokens,
    e2e,
    requestsPerSecond: rate,
    concurrency: rate * e2e,
    running,
    parts,
    wire,
    heldByPrefill: (rate * (first.held + transfer.latency + wire + extra.admission)) / prefillWorkers,
    // Room is promised before the first piece is sent.
    heldByDecode: running + (rate * (transfer.latency + wire + joining)) / decodeWorkers,
  }
}

/** Closed loop that keeps `running` requests decoding on each worker: their rate is the pair's, and what else is in the system follows. */
export function pairRunning(pair: Pair, running: number): PairServing {
  const rate = pair.decodeWorkers * decodeRate(pair.decode, running)
  return pairAt(pair, { rate, seen: rate, running, arrivalCv: 1 })
}
