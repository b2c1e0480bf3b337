import type { StepFunction, StepSeconds } from '../load.ts'
import { blocksEach, type ReplayEngine } from './engine.ts'
import { endStep, releaseLate } from './finish.ts'
import { addGaps, type Gaps } from './gaps.ts'
import { holdsPrompts } from './hold.ts'
import { pushBack } from './list.ts'
import { formMixed } from './mixed.ts'
import { type Feed, type Lane, laneLoad, load, nextLane, type Pipeline, readyTime } from './pipeline.ts'
import { hitOf } from './prefixes.ts'
import { endGaps, type Rank } from './rank.ts'
import { formSeparate } from './separate.ts'
import { addStretch, finishSeries, type Series, type SeriesSums, seriesSums } from './series.ts'
import { stepShape } from './shape.ts'
import { advance, type Stretch, seconds, stretchAhead } from './skip.ts'
import { readyAt, replace, takeNext } from './source.ts'
import { insideWindow, type Window } from './window.ts'

interface Ran {
  readonly steps: number
  readonly evaluations: number
  readonly series: Series
}

interface Input {
  readonly engine: ReplayEngine
  readonly step: StepFunction
  readonly stepwise?: boolean
  /** Replica of each request, from 0; absent: one with the fewest requests. */
  readonly to?: Int32Array | undefined
  readonly window?: Window | undefined
}

/** Runs until every request is served. Events in order of time: a request comes, or a lane of a replica forms and takes its next step. */
export function runLanes({ engine, step, stepwise, to, window }: Input, feeds: readonly Feed[], gaps: Gaps): Ran {
  const { asyncScheduling, mixedSteps } = engine.scheduler
  const form = mixedSteps ? formMixed : formSeparate
  let evaluations = 0
  const counted: StepFunction = (shape) => {
    evaluations++
    return step(shape)
  }
  const pipelines = feeds.flatMap((feed) => feed.pipelines)
  const sources = feeds.map(({ source }) => source)
  const origin = pipelines[0].entry
  let [steps, served] = [0, 0]
  let series: SeriesSums | undefined
  for (;;) {
    const next = nextStep(pipelines)
    const now = next?.now ?? Number.POSITIVE_INFINITY
    const feed = nextFeed(feeds)
    const arrival = readyAt(feed.source)
    if (arrival <= now) {
      if (arrival === Number.POSITIVE_INFINITY) break
      route(feed, feed.base + takeNext(feed.source), arrival, to)
      continue
    }
    const { pipeline, lane: at } = next!
    const { lanes } = pipeline
    const horizon = at.busy && asyncScheduling ? at.start : now
    const alone = pipelines.length === 1 || to !== undefined
    const single = stepwise === true || engine.speculation !== undefined || lanes.length > 1
    const stretch = single || !at.busy ? undefined : stretchAhead(at.ranks, counted, now, arrival, alone)
    gaps.counting = insideWindow(window, sources, served, now)
    let took: StepSeconds
    if (stretch === undefined) {
      for (const rank of at.ranks) rank.horizon = horizon
      const holds = holdsPrompts(at.ranks, engine.scheduler.admissionHold, at.held)
      at.held = holds ? at.held + 1 : 0
      for (const rank of at.ranks) {
        clearWork(rank)
        rank.holds = holds
        form(rank, now)
      }
      const shape = stepShape(at.ranks)
      let freed = false
      for (const rank of at.ranks) if (releaseLate(rank)) freed = true
      if (shape === undefined) {
        if (!freed && !at.busy) throw new Error('a request waits that nothing can serve')
        at.busy = false
        at.end = now
        continue
      }
      took = counted(shape)
    } else took = take(at, stretch, now)
    const rounds = stretch?.rounds ?? 1
    // A step follows the one before it through the stages.
    const end = Math.max(now + took.latency, lanes.length > 1 ? pipeline.lastEnd + took.period : 0)
    at.start = stretch === undefined ? now : now + seconds(rounds - 1, stretch.first, stretch.growth)
    at.end = end
    at.busy = true
    pipeline.entry = now + took.period
    series ??= seriesSums(took.latency)
    record(series, pipeline, at, Math.max(pipeline.lastEnd, now) - origin, end - origin, { rounds, replicas: pipelines.length })
    pipeline.lastEnd = end
    steps += rounds
    let finished = 0
    for (const rank of at.ranks) finished += endStep(rank, end)
    served += finished
    if (finished > 0) replace(pipeline.feed.source, finished, end)
  }
  const end = pipelines.reduce((last, { lastEnd }) => Math.max(last, lastEnd), origin)
  return { steps, evaluations, series: finishSeries(series ?? seriesSums(1), end - origin) }
}

/** The replica that steps next, and when. */
function nextStep(pipelines: readonly Pipeline[]): { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: number } | undefined {
  let next: { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: number } | undefined
  for (const pipeline of pipelines) {
    const lane = nextLane(pipeline.lanes)
    if (lane === undefined) continue
    const now = Math.max(readyTime(lane), pipeline.entry)
    if (next === undefined || now < next.now) next = { pipeline, lane, now }
  }
  return next
}

function nextFeed(feeds: readonly Feed[]): Feed {
  let next = feeds[0]
  for (const feed of feeds) if (readyAt(feed.source) < readyAt(next.source)) next = feed
  return next
}

/** To a replica, and there to the rank with the fewest requests, the first of several. A lane that stood idle begins now. */
function route({ pipelines }: Feed, request: number, now: number, replicas: Int32Array | undefined): void {
  const pipeline = pipelines.length === 1 ? pipelines[0] : replicas === undefined ? leastLoaded(pipelines) : pipelines[replicas[request]]
  const { lanes, seen } = pipeline
  let [to, lane] = [lanes[0].ranks[0], lanes[0]]
  for (const l of lanes) for (const rank of l.ranks) if (load(rank) < load(to)) [to, lane] = [rank, l]
  if (lane.end < now && laneLoad(lane) === 0) {
    lane.end = now
    lane.busy = false
  }
  const { queues, requests } = to.progress
  if (requests.prefixes !== undefined) {
    requests.cached[request] = hitOf(requests.prefixes, seen[lane.ranks.indexOf(to)], request, requests.isl[request])
  }
  pushBack(to.waiting, queues, request)
}

function leastLoaded(pipelines: readonly Pipeline[]): Pipeline {
  const loadOf = ({ lanes }: Pipeline) => lanes.reduce((sum, lane) => sum + laneLoad(lane), 0)
  let [least, of] = [loadOf(pipelines[0]), pipelines[0]]
  for (const pipeline of pipelines) {
    const requests = loadOf(pipeline)
    if (requests < least) [least, of] = [requests, pipeline]
  }
  return of
}

/** All rounds of a stretch but the last, which ends as any step. */
function take({ ranks }: Lane, { rounds, first, growth }: Stretch, now: number): StepSeconds {
  for (const rank of ranks) {
    clearWork(rank)
    if (rounds > 1) {
      endGaps(rank, now + first)
      addGaps(rank.progress.gaps, first + growth, growth, rounds - 2, rank.decoding)
      rank.fresh.length = 0
      rank.roundEnd = now + seconds(rounds - 1, first, growth)
    }
    rank.work.decodes = rank.decoding
    rank.work.gained = rank.decoding
    advance(rank, rounds)
  }
  const took = seconds(rounds, first, growth)
  return { latency: took, period: took }
}

function clearWork({ work, completing }: Rank): void {
  completing.length = 0
  work.prefillTokens = 0
  work.prefillSequences = 0
  work.prefillCached = 0
  work.decodes = 0
  work.gained = 0
  work.decodeCached = 0
}

/** Sums over replicas; of KV the mean share. */
function record(
  series: SeriesSums,
  { lanes }: Pipeline,
  stepping: Lane,
  from: number,
  to: number,
  { rounds, replicas }: { readonly rounds: number; readonly replicas: number },
): void {
  let [queue, batch, used, blocks, tokens] = [0, 0, 0, 0, 0]
  for (const { ranks } of lanes) {
    for (const { waiting, running, engine, blocks: kv } of ranks) {
      queue += waiting.size
      batch += running.size
      blocks += blocksEach(engine)
      used += blocksEach(engine) - kv.free
    }
  }
  for (const { work, completing } of stepping.ranks) tokens += rounds * work.gained + completing.length
  addStretch(series, from, to, queue, batch, Number.isFinite(blocks) ? used / blocks / replicas : 0, tokens)
}
