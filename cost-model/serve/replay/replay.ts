import type { StepFunction } from '../load.ts'
import type { Arrivals } from './arrivals.ts'
import { blocksEach, blocksOfRequest, type ReplayEngine } from './engine.ts'
import { runLanes } from './lanes.ts'
import { makeProgress, makeRank, type Records } from './rank.ts'
import type { Requests } from './requests.ts'
import type { Series } from './series.ts'
import { makeSource } from './source.ts'

/** What to replay on one replica. */
export interface ReplayInput {
  readonly engine: ReplayEngine
  readonly requests: Requests
  readonly arrivals: Arrivals
  /** Seconds of a step, the host's part included. */
  readonly step: StepFunction
  readonly seed: number
  /** Every step is formed on its own, where otherwise stretches of pure decode steps are taken at once. */
  readonly stepwise?: boolean
}

export interface Replayed {
  readonly kind: 'replayed'
  readonly requests: Requests
  readonly records: Records
  /** First arrival to last token. */
  readonly makespan: number
  readonly steps: number
  /** How often the step function was asked. */
  readonly evaluations: number
  readonly series: Series
}

/** A request that can never be served, by its number from 0. */
export interface TooLong {
  readonly kind: 'too-long'
  readonly request: number
  readonly isl: number
  readonly osl: number
  /** KV that it needs and that there is, tokens in whole blocks. */
  readonly needed: number
  readonly capacity: number
}

/**
 * Discrete-event simulation of continuous batching, one event per engine step: admission, chunked prefill, decode, preemption as the
 * engine does them. Its 4090 run of vLLM 0.19 is reproduced to 2 % (test/cost-model/serve/replay/measured.test.ts). Deterministic by seed.
 */
export function replay(input: ReplayInput): Replayed | TooLong {
  const { engine, requests, arrivals, seed } = input
  const count = requests.isl.length
  const unfit = tooLong(engine, requests)
  if (unfit !== undefined) return unfit
  const source = makeSource(arrivals, count, engine.perRequest, seed)
  const progress = makeProgress(requests, source.arrival)
  const [seats, schedulers] = [Math.max(1, Math.min(Math.ceil(engine.seats / engine.pp), engine.budget)), engine.attentionDp * engine.pp]
  const ranks = Array.from({ length: schedulers }, () => makeRank({ ...engine, seats }, progress))
  const run = runLanes(input, ranks, source)
  const end = progress.records.finish.reduce((last, time) => Math.max(last, time), source.arrival[0])
  return { kind: 'replayed', requests, records: progress.records, makespan: end - source.arrival[0], ...run }
}

function tooLong(engine: ReplayEngine, { isl, osl }: Requests): TooLong | undefined {
  const blocks = blocksEach(engine)
  const request = isl.findIndex((tokens, i) => blocksOfRequest(engine, tokens, osl[i]) > blocks)
  if (request < 0) return undefined
  const needed = blocksOfRequest(engine, isl[request], osl[request]) * engine.blockTokens
  return { kind: 'too-long', request, isl: isl[request], osl: osl[request], needed, capacity: blocks * engine.blockTokens }
}
