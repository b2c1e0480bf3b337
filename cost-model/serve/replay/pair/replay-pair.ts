import type { FirstToken } from '../../../../spaces/connector.ts'
import type { StepFunction } from '../../load.ts'
import type { Arrivals } from '../arrivals.ts'
import type { ReplayEngine } from '../engine.ts'
import { gapLengths, makeGaps } from '../gaps.ts'
import type { Records } from '../rank.ts'
import type { Replayed } from '../replay.ts'
import type { Requests } from '../requests.ts'
import type { Routing } from '../route.ts'
import { type TooLong, tooLong } from '../too-long.ts'
import type { Window } from '../window.ts'
import { runPair } from './run.ts'
import { decodeRequests, prefillRequests, sideOf } from './side.ts'

/** Workers of one side: each with an engine like this. */
export interface PairSide {
  readonly engine: ReplayEngine
  /** Seconds of a step of one worker, the host's part included. */
  readonly step: StepFunction
  readonly workers: number
}

/** The way of KV. Bytes, seconds. */
export interface PairTransfer {
  /** Out of one GPU that sends the KV of a prompt of so many tokens, and into one that receives it. */
  bytes(isl: number): { readonly sent: number; readonly received: number }
  readonly bandwidth: number
  readonly latency: number
  /** When the first piece leaves: with the end of the prompt, of its first chunk, or with the end of a layer, one of so many, of that. */
  readonly sends: 'prompt' | 'chunk' | 'layer'
  readonly layers: number
}

/** What to replay on prefill and decode workers. Arrivals and concurrency are those of the whole pair. */
export interface PairReplayInput {
  readonly prefill: PairSide
  readonly decode: PairSide
  readonly transfer: PairTransfer
  readonly firstToken: FirstToken
  readonly requests: Requests
  readonly arrivals: Arrivals
  readonly seed: number
  /** Of requests to prefill workers, and of their KV to decode workers; absent: to one with the fewest requests. */
  readonly routing?: Routing
  readonly stepwise?: boolean
  readonly window?: Window
}

/** When each request passed from stage to stage, seconds. NaN where its only token came from the prefill worker. */
export interface Stages {
  /** Its prompt is computed; its KV is on the decode worker; it decodes. */
  readonly prefilled: Float64Array
  readonly landed: Float64Array
  readonly joined: Float64Array
}

export interface PairReplayed extends Replayed {
  readonly stages: Stages
}

/**
 * Discrete-event simulation of separate prefill and decode workers: on each the engine loop of `replay`, one event per step. KV waits on the prefill
 * worker, whose room it takes, until a decode worker promises room for it; transfers share the network cards of both sides. A request of one
 * token is answered by the prefill worker. Deterministic by seed.
 */
export function replayPair(input: PairReplayInput): PairReplayed | TooLong {
  const requests = input.requests.prefixes === undefined ? input.requests : { ...input.requests, cached: input.requests.cached.slice() }
  const unfit = tooLong(input.prefill.engine, prefillRequests(requests)) ?? tooLong(input.decode.engine, requests)
  if (unfit !== undefined) return unfit
  const gaps = makeGaps(true)
  const count = requests.isl.length
  const prefill = sideOf('prefill', input, prefillRequests(requests), makeGaps(false))
  const decode = sideOf('decode', input, decodeRequests(requests), gaps)
  const run = runPair({ ...input, requests }, prefill, decode)
  const records = joinRecords(requests, prefill.progress.records, decode.progress.records)
  const end = records.finish.reduce((last, time) => Math.max(last, time), records.arrival[0])
  const moved = (times: Float64Array) => new Float64Array(count).map((_, i) => (requests.osl[i] > 1 ? times[i] : Number.NaN))
  const { arrival, admitted } = decode.progress.records
  const stages = { prefilled: prefill.progress.records.first, landed: moved(arrival), joined: moved(admitted) }
  return { kind: 'replayed', requests, records, makespan: end - records.arrival[0], gaps: gapLengths(gaps), ...run, stages }
}

/** As a replica whose requests are admitted when they decode: whoever does not yet, waits. */
export function decoding({ records, stages: { joined }, ...replayed }: PairReplayed): Replayed {
  const admitted = records.admitted.map((time, i) => (Number.isNaN(joined[i]) ? time : joined[i]))
  return { ...replayed, records: { ...records, admitted } }
}

/** Mean time of a request on a decode worker from its first step on. */
export function decodeSeconds({ records: { finish }, stages: { joined } }: PairReplayed): number {
  return finish.reduce((sum, time, i) => sum + (Number.isNaN(joined[i]) ? 0 : time - joined[i]), 0) / finish.length
}

/** Of the whole way: the seat is the one on the prefill worker. */
function joinRecords({ osl }: Requests, prefill: Records, decode: Records): Records {
  return {
    arrival: prefill.arrival,
    admitted: prefill.admitted,
    first: prefill.first.map((time, i) => (osl[i] > 1 ? decode.first[i] : time)),
    finish: prefill.finish.map((time, i) => (osl[i] > 1 ? decode.finish[i] : time)),
    preemptions: prefill.preemptions.map((n, i) => n + decode.preemptions[i]),
  }
}
