import type { StepFunction } from '../load.ts'
import type { ReplayEngine } from './engine.ts'
import type { Gaps } from './gaps.ts'
import type { Feed } from './pipeline.ts'
import { record, tokensGiven } from './record.ts'
import { finishSeries, type Series, type SeriesSums, seriesSums } from './series.ts'
import { readyAt, replace, takeNext } from './source.ts'
import { endLane, nextStep, takeStep } from './take-step.ts'
import { route } from './to-replica.ts'
import { insideWindow, type Window } from './window.ts'

export interface Ran {
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
  let evaluations = 0
  const counted: StepFunction = (shape) => {
    evaluations++
    return step(shape)
  }
  const stepper = { engine, step: counted, stepwise: stepwise === true }
  const pipelines = feeds.flatMap((feed) => feed.pipelines)
  const alone = pipelines.length === 1 || to !== undefined
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
    const { pipeline, lane } = next!
    gaps.counting = insideWindow(window, sources, served, now)
    const took = takeStep(stepper, pipeline, lane, now, arrival, alone)
    if (took.kind === 'waits') throw new Error('a request waits that nothing can serve')
    if (took.kind === 'idle') continue
    const { rounds, latency, end } = took
    series ??= seriesSums(latency)
    record(series, pipeline, now, origin, tokensGiven(lane, took), took, pipelines.length)
    steps += rounds
    const finished = endLane(lane)
    served += finished
    if (finished > 0) replace(pipeline.feed.source, finished, end)
  }
  const end = pipelines.reduce((last, { lastEnd }) => Math.max(last, lastEnd), origin)
  return { steps, evaluations, series: finishSeries(series ?? seriesSums(1), end - origin) }
}

function nextFeed(feeds: readonly Feed[]): Feed {
  let next = feeds[0]
  for (const feed of feeds) if (readyAt(feed.source) < readyAt(next.source)) next = feed
  return next
}
