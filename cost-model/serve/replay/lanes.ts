import type { StepFunction, StepSeconds } from '../load.ts'
import { blocksEach, type ReplayEngine } from './engine.ts'
import { endStep, releaseLate } from './finish.ts'
import { pushBack } from './list.ts'
import { formMixed } from './mixed.ts'
import type { Rank } from './rank.ts'
import { formSeparate } from './separate.ts'
import { addStretch, finishSeries, type Series, type SeriesSums, seriesSums } from './series.ts'
import { stepShape } from './shape.ts'
import { advance, type Stretch, seconds, stretchAhead } from './skip.ts'
import { readyAt, replace, type Source, takeNext } from './source.ts'

/** Ranks that step together: one group per pipeline stage, which take turns in the pipeline. */
interface Lane {
  readonly ranks: readonly Rank[]
  /** Its last step: when it began and ends. */
  start: number
  end: number
  /** A step ends just now, so that an asynchronous scheduler has formed the next one while it ran. */
  busy: boolean
}

interface Ran {
  readonly steps: number
  readonly evaluations: number
  readonly series: Series
}

interface Input {
  readonly engine: ReplayEngine
  readonly step: StepFunction
  readonly stepwise?: boolean
}

/** Runs until every request is served. Events in order of time: a request comes, or a lane forms and takes its next step. */
export function runLanes({ engine, step, stepwise }: Input, ranks: readonly Rank[], source: Source): Ran {
  const { asyncScheduling, mixedSteps } = engine.scheduler
  const form = mixedSteps ? formMixed : formSeparate
  let evaluations = 0
  const counted: StepFunction = (shape) => {
    evaluations++
    return step(shape)
  }
  const lanes = lanesOf(ranks, engine.attentionDp)
  const origin = source.arrival[0]
  // When the first stage is free for the next step, and the last of all steps ends.
  let [entry, lastEnd, steps] = [origin, origin, 0]
  let series: SeriesSums | undefined
  for (;;) {
    const lane = nextLane(lanes)
    const now = lane === undefined ? Number.POSITIVE_INFINITY : Math.max(readyTime(lane), entry)
    const arrival = readyAt(source)
    if (arrival <= now) {
      if (arrival === Number.POSITIVE_INFINITY) break
      route(lanes, takeNext(source), arrival)
      continue
    }
    const at = lane!
    const horizon = at.busy && asyncScheduling ? at.start : now
    const stretch = stepwise === true || !at.busy || lanes.length > 1 ? undefined : stretchAhead(at.ranks, counted, now, arrival)
    let took: StepSeconds
    if (stretch === undefined) {
      for (const rank of at.ranks) {
        clearWork(rank)
        rank.horizon = horizon
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
    } else took = take(at, stretch)
    const rounds = stretch?.rounds ?? 1
    // A step follows the one before it through the stages.
    const end = Math.max(now + took.latency, lanes.length > 1 ? lastEnd + took.period : 0)
    at.start = stretch === undefined ? now : now + seconds(rounds - 1, stretch.first, stretch.growth)
    at.end = end
    at.busy = true
    entry = now + took.period
    series ??= seriesSums(took.latency)
    record(series, ranks, at.ranks, Math.max(lastEnd, now) - origin, end - origin, rounds)
    lastEnd = end
    steps += rounds
    let finished = 0
    for (const rank of at.ranks) finished += endStep(rank, end)
    if (finished > 0) replace(source, finished, end)
  }
  return { steps, evaluations, series: finishSeries(series ?? seriesSums(1), lastEnd - origin) }
}

function lanesOf(ranks: readonly Rank[], size: number): readonly Lane[] {
  return Array.from({ length: ranks.length / size }, (_, i) => ({
    ranks: ranks.slice(i * size, (i + 1) * size),
    start: Number.NEGATIVE_INFINITY,
    end: Number.NEGATIVE_INFINITY,
    busy: false,
  }))
}

/** Of the lanes with requests, the one that could step first. */
function nextLane(lanes: readonly Lane[]): Lane | undefined {
  let next: Lane | undefined
  for (const lane of lanes) if ((next === undefined || readyTime(lane) < readyTime(next)) && laneLoad(lane) > 0) next = lane
  return next
}

/**
 * Decodes wait for their last token. The next chunk of a prompt does not: where a lane does nothing else, it follows the last one through the
 * stages (vLLM counts tokens as computed once they are scheduled).
 */
function readyTime({ ranks, start, end }: Lane): number {
  let begun = false
  for (const { partial, decoding } of ranks) {
    if (decoding > 0) return end
    if (partial >= 0) begun = true
  }
  return begun ? start : end
}

function laneLoad({ ranks }: Lane): number {
  let requests = 0
  for (const rank of ranks) requests += load(rank)
  return requests
}

function load({ waiting, running }: Rank): number {
  return waiting.size + running.size
}

/** To the rank with the fewest requests, the first of several. A lane that stood idle begins now. */
function route(lanes: readonly Lane[], request: number, now: number): void {
  let [to, lane] = [lanes[0].ranks[0], lanes[0]]
  for (const l of lanes) for (const rank of l.ranks) if (load(rank) < load(to)) [to, lane] = [rank, l]
  if (lane.end < now && laneLoad(lane) === 0) {
    lane.end = now
    lane.busy = false
  }
  pushBack(to.waiting, to.progress.queues, request)
}

function take({ ranks }: Lane, { rounds, first, growth }: Stretch): StepSeconds {
  for (const rank of ranks) {
    clearWork(rank)
    rank.work.decodes = rank.decoding
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
  work.decodeCached = 0
}

function record(series: SeriesSums, all: readonly Rank[], stepping: readonly Rank[], from: number, to: number, rounds: number): void {
  let [queue, batch, used, blocks, tokens] = [0, 0, 0, 0, 0]
  for (const { waiting, running, engine, blocks: kv } of all) {
    queue += waiting.size
    batch += running.size
    blocks += blocksEach(engine)
    used += blocksEach(engine) - kv.free
  }
  for (const { work, completing } of stepping) tokens += rounds * work.decodes + completing.length
  addStretch(series, from, to, queue, batch, Number.isFinite(blocks) ? used / blocks : 0, tokens)
}
