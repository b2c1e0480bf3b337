import { type StepFunction, stepWidth } from '../load.ts'
import type { Arrivals } from './arrivals.ts'
import { draftingOf } from './drafts.ts'
import type { ReplayEngine } from './engine.ts'
import { type GapLengths, gapLengths, makeGaps } from './gaps.ts'
import { runLanes } from './lanes.ts'
import { type Feed, makePipeline } from './pipeline.ts'
import { makeProgress, makeRank, type Records } from './rank.ts'
import type { Requests } from './requests.ts'
import { type Routing, replicasOf } from './route.ts'
import type { Series } from './series.ts'
import { makeSource } from './source.ts'
import { type TooLong, tooLong } from './too-long.ts'
import type { Window } from './window.ts'

/** What to replay on one replica. */
export interface ReplayInput {
  readonly engine: ReplayEngine
  readonly requests: Requests
  readonly arrivals: Arrivals
  /** Seconds of a step, the host's part included. */
  readonly step: StepFunction
  readonly seed: number
  /** Replicas that share the requests; absent: one. In closed loop each has its part of them and `concurrency` of its own. */
  readonly replicas?: number
  /** Which of them a request goes to; absent: one with the fewest requests. */
  readonly routing?: Routing
  /** Every step is formed on its own, where otherwise stretches of pure decode steps are taken at once. */
  readonly stepwise?: boolean
  /** Where gaps between tokens are counted; absent: everywhere. */
  readonly window?: Window
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
  /** Between the tokens of a request. */
  readonly gaps: GapLengths
}

/**
 * Discrete-event simulation of continuous batching, one event per engine step: admission, chunked prefill, decode, preemption as the
 * engine does them. Its 4090 run of vLLM 0.19 is reproduced to 2 % (test/cost-model/serve/replay/measured.test.ts). Deterministic by seed.
 */
export function replay(input: ReplayInput): Replayed | TooLong {
  const { engine, arrivals, seed, replicas = 1, routing = 'least-loaded' } = input
  // Where a request goes to decides what is cached there.
  const requests = input.requests.prefixes === undefined ? input.requests : { ...input.requests, cached: input.requests.cached.slice() }
  const count = requests.isl.length
  const unfit = tooLong(engine, requests)
  if (unfit !== undefined) return unfit
  const arrival = new Float64Array(count)
  const feeds = feedsOf(arrivals, arrival, replicas, engine.perRequest, seed)
  const origin = arrival[0]
  const gaps = makeGaps(true)
  const progress = makeProgress(requests, arrival, gaps)
  const most = Math.floor(engine.budget / stepWidth(engine.speculation))
  const [seats, schedulers] = [Math.max(1, Math.min(Math.ceil(engine.seats / engine.pp), most)), engine.attentionDp * engine.pp]
  const drafting = draftingOf(engine.speculation, count, seed)
  for (let i = 0; i < replicas; i++) {
    const ranks = Array.from({ length: schedulers }, (_, j) => makeRank({ ...engine, seats }, progress, drafting(i * schedulers + j)))
    makePipeline(ranks, engine.attentionDp, feeds[i % feeds.length], origin)
  }
  const to = routing === 'least-loaded' ? undefined : replicasOf(routing, count, replicas, { session: requests.session, seed })
  const run = runLanes({ ...input, to }, feeds, gaps)
  const end = progress.records.finish.reduce((last, time) => Math.max(last, time), origin)
  return { kind: 'replayed', requests, records: progress.records, makespan: end - origin, gaps: gapLengths(gaps), ...run }
}

/** One stream for all replicas; in closed loop one for each, since a request follows one that finished there. */
function feedsOf(arrivals: Arrivals, arrival: Float64Array, replicas: number, perRequest: number, seed: number): readonly Feed[] {
  const feeds = arrivals.kind === 'closed' ? Math.min(replicas, arrival.length) : 1
  return Array.from({ length: feeds }, (_, i) => {
    const [base, end] = [Math.round((i * arrival.length) / feeds), Math.round(((i + 1) * arrival.length) / feeds)]
    return { source: makeSource(arrivals, arrival.subarray(base, end), perRequest, seed), base, pipelines: [] }
  })
}
