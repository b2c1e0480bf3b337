import { type StepFunction, stepWidth } from '../../load.ts'
import { releaseLate } from '../finish.ts'
import type { Ran } from '../lanes.ts'
import { pushBack } from '../list.ts'
import { type Lane, type Pipeline, wake } from '../pipeline.ts'
import { record, tokensGiven } from '../record.ts'
import { finishSeries, type SeriesSums, seriesSums } from '../series.ts'
import { readyAt, replace, takeNext } from '../source.ts'
import { endLane, horizonOf, nextStep, type Took, takeStep } from '../take-step.ts'
import { route } from '../to-replica.ts'
import { insideWindow } from '../window.ts'
import { joinLanded } from './join.ts'
import type { PairReplayInput, PairSide } from './replay-pair.ts'
import { releaseHeld } from './room.ts'
import type { Side } from './side.ts'
import { soonestFinish } from './soonest.ts'
import { freeIdle, giveRoom, makeTransfers, mayGiveRoom, passThrough, prompted, wantRoom } from './transfers.ts'

/** Runs until every request is served. Events in order of time: a request comes, KV moves on, or a worker takes its next step. */
export function runPair(input: PairReplayInput, prefill: Side, decode: Side): Ran {
  const { requests, firstToken, transfer } = input
  let evaluations = 0
  const stepper = ({ engine, step }: PairSide) => {
    const counted: StepFunction = (shape) => {
      evaluations++
      return step(shape)
    }
    return { engine, step: counted, stepwise: input.stepwise === true }
  }
  const [prefillSteps, decodeSteps] = [stepper(input.prefill), stepper(input.decode)]
  const transfers = makeTransfers(input, prefill, decode)
  const { events, links } = transfers
  const { source } = prefill.feed
  const { gaps } = decode.progress
  const pipelines = [...prefill.pipelines, ...decode.pipelines]
  const origin = source.arrival[0]
  let [steps, served] = [0, 0]
  let series: SeriesSums | undefined

  const end = (pipeline: Pipeline, lane: Lane, now: number, took: Took, tokens: number): number => {
    series ??= seriesSums(took.latency)
    record(series, pipeline, now, origin, tokens, took, pipelines.length)
    steps += took.rounds
    return endLane(lane)
  }
  const stepPrefill = (pipeline: Pipeline, lane: Lane, now: number, until: number) => {
    const took = takeStep(prefillSteps, pipeline, lane, now, until, false)
    if (took.kind === 'waits') lane.parked = true
    if (took.kind !== 'took') return
    // A first token that is made again counts where that is.
    const seen = (r: number) => firstToken !== 'recomputed' || requests.osl[r] === 1
    end(
      pipeline,
      lane,
      now,
      took,
      lane.ranks.reduce((sum, { completing }) => sum + completing.filter(seen).length, 0),
    )
    prompted(transfers, lane, now, took.end)
  }
  const stepDecode = (pipeline: Pipeline, lane: Lane, now: number, until: number) => {
    gaps.counting = insideWindow(input.window, [source], served, now)
    if (!input.decode.engine.scheduler.asyncScheduling) {
      for (const rank of lane.ranks) releaseLate(rank)
      giveRoom(transfers, lane, now)
      // What comes at once is known to the step.
      if (Math.min(events.due(), links.due()) <= now) return
    }
    const horizon = horizonOf(decodeSteps.engine, lane, now)
    for (const rank of lane.ranks) joinLanded(rank, horizon, now)
    const took = takeStep(decodeSteps, pipeline, lane, now, mayGiveRoom(transfers, lane) ? now : until, false)
    if (took.kind === 'waits') lane.parked = true
    if (took.kind === 'took') {
      const finished = end(pipeline, lane, now, took, tokensGiven(lane, took))
      served += finished
      if (finished > 0) events.plan(took.end, { kind: 'finished', requests: finished, lane })
    }
    giveRoom(transfers, lane, now)
  }
  const width = stepWidth(input.decode.engine.speculation)
  const finishes = (except: Lane) =>
    input.arrivals.kind === 'closed' ? soonestFinish(decode.pipelines, except, width) : Number.POSITIVE_INFINITY
  const handle = (now: number) => {
    const event = events.take()
    if (event.kind === 'finished') {
      replace(source, event.requests, now)
      freeIdle(event.lane, now)
      giveRoom(transfers, event.lane, now)
      return
    }
    const { kind, request } = event
    const moves = requests.osl[request] > 1
    if (kind === 'piece' || (kind === 'prefilled' && moves)) {
      if (kind === 'piece' || transfer.sends === 'prompt') wantRoom(transfers, request, now)
      return
    }
    const { lane, rank } = transfers.senders[transfers.sender[request]]!
    wake(lane, now)
    releaseHeld(rank, request)
    if (!moves) {
      served++
      replace(source, 1, now)
      return
    }
    const place = transfers.receivers[transfers.receiver[request]]!
    place.coming--
    wake(place.lane, now)
    decode.progress.records.arrival[request] = now
    pushBack(place.rank.landed, decode.progress.queues, request)
  }

  for (;;) {
    const [first, second] = [nextStep(prefill.pipelines), nextStep(decode.pipelines)]
    const [prefillAt, decodeAt] = [first?.now ?? Number.POSITIVE_INFINITY, second?.now ?? Number.POSITIVE_INFINITY]
    const [arrival, event, through] = [readyAt(source), events.due(), links.due()]
    const outside = Math.min(arrival, event, through)
    if (outside <= Math.min(prefillAt, decodeAt)) {
      if (outside === Number.POSITIVE_INFINITY) break
      if (arrival === outside) route(prefill.feed, takeNext(source), arrival, prefill.to)
      else if (event === outside) handle(event)
      else passThrough(transfers)
    } else if (prefillAt <= decodeAt) stepPrefill(first!.pipeline, first!.lane, prefillAt, outside)
    else stepDecode(second!.pipeline, second!.lane, decodeAt, Math.min(outside, prefillAt, finishes(second!.lane)))
  }
  if (served < requests.isl.length) throw new Error(`${requests.isl.length - served} requests wait that nothing can serve`)
  const last = pipelines.reduce((latest, { lastEnd }) => Math.max(latest, lastEnd), origin)
  return { steps, evaluations, series: finishSeries(series ?? seriesSums(1), last - origin) }
}
