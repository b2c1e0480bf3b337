import type { StepFunction } from '../load.ts'
import type { Arrivals } from './arrivals.ts'
import { blocksEach, blocksOfRequest, type ReplayEngine } from './engine.ts'
import { endStep, releaseLate } from './finish.ts'
import { pushBack } from './list.ts'
import { formMixed } from './mixed.ts'
import { makeProgress, makeRank, type Rank, type Records } from './rank.ts'
import type { Requests } from './requests.ts'
import { formSeparate } from './separate.ts'
import { addStretch, finishSeries, type Series, seriesSums } from './series.ts'
import { stepSeconds } from './shape.ts'
import { advance, seconds, stretchAhead } from './skip.ts'
import { makeSource, readyAt, replace, type Source, takeNext } from './source.ts'

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
  return { kind: 'replayed', requests, records: progress.records, ...run(input, ranks, source) }
}

function tooLong(engine: ReplayEngine, { isl, osl }: Requests): TooLong | undefined {
  const blocks = blocksEach(engine)
  const request = isl.findIndex((tokens, i) => blocksOfRequest(engine, tokens, osl[i]) > blocks)
  if (request < 0) return undefined
  const needed = blocksOfRequest(engine, isl[request], osl[request]) * engine.blockTokens
  return { kind: 'too-long', request, isl: isl[request], osl: osl[request], needed, capacity: blocks * engine.blockTokens }
}

type Run = Pick<Replayed, 'makespan' | 'steps' | 'evaluations' | 'series'>

function run({ engine, step, stepwise }: ReplayInput, ranks: readonly Rank[], source: Source): Run {
  const { asyncScheduling, mixedSteps } = engine.scheduler
  const form = mixedSteps ? formMixed : formSeparate
  let evaluations = 0
  const counted: StepFunction = (shape) => {
    evaluations++
    return step(shape)
  }
  const start = source.arrival[0]
  let [now, lastStart, busy, steps] = [start, start, false, 0]
  let series = undefined as ReturnType<typeof seriesSums> | undefined
  for (;;) {
    // An asynchronous scheduler forms a step while the one before runs, and knows what that one's start knew.
    const horizon = busy && asyncScheduling ? lastStart : now
    while (readyAt(source) <= horizon) route(ranks, takeNext(source))
    const stretch = stepwise === true || !busy ? undefined : stretchAhead(ranks, engine.attentionDp, counted, now, readyAt(source))
    const rounds = stretch?.rounds ?? 1
    let took: number
    if (stretch === undefined) {
      for (const rank of ranks) {
        clearWork(rank)
        form(rank, now)
      }
      took = stepSeconds(ranks, engine.attentionDp, counted)
      let freed = false
      for (const rank of ranks) if (releaseLate(rank)) freed = true
      if (took === 0) {
        if (!freed && !busy) {
          const next = readyAt(source)
          if (next === Number.POSITIVE_INFINITY) break
          now = Math.max(now, next)
        }
        busy = false
        continue
      }
      lastStart = now
    } else {
      for (const rank of ranks) {
        clearWork(rank)
        rank.work.decodes = rank.decoding
        advance(rank, rounds)
      }
      took = seconds(rounds, stretch.first, stretch.growth)
      lastStart = now + seconds(rounds - 1, stretch.first, stretch.growth)
    }
    series ??= seriesSums(took)
    record(series, ranks, now - start, now + took - start, rounds)
    now += took
    steps += rounds
    busy = true
    let finished = 0
    for (const rank of ranks) finished += endStep(rank, now)
    if (finished > 0) replace(source, finished, now)
  }
  return { makespan: lastEnd(ranks[0], start), steps, evaluations, series: finishSeries(series ?? seriesSums(1), now - start) }
}

/** To the rank with the fewest requests, the first of several. */
function route(ranks: readonly Rank[], request: number): void {
  let to = ranks[0]
  for (const rank of ranks) if (load(rank) < load(to)) to = rank
  pushBack(to.waiting, to.progress.queues, request)
}

function load({ waiting, running }: Rank): number {
  return waiting.size + running.size
}

function clearWork({ work, completing }: Rank): void {
  completing.length = 0
  work.prefillTokens = 0
  work.prefillSequences = 0
  work.prefillCached = 0
  work.decodes = 0
  work.decodeCached = 0
}

function record(series: ReturnType<typeof seriesSums>, ranks: readonly Rank[], from: number, to: number, rounds: number): void {
  let [queue, batch, used, blocks, tokens] = [0, 0, 0, 0, 0]
  for (const { waiting, running, work, completing, engine, blocks: kv } of ranks) {
    queue += waiting.size
    batch += running.size
    blocks += blocksEach(engine)
    used += blocksEach(engine) - kv.free
    tokens += rounds * work.decodes + completing.length
  }
  addStretch(series, from, to, queue, batch, Number.isFinite(blocks) ? used / blocks : 0, tokens)
}

function lastEnd({ progress: { records } }: Rank, start: number): number {
  return records.finish.reduce((last, time) => Math.max(last, time), start) - start
}
