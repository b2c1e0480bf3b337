import type { Load } from '../load.ts'
import { given } from './given.ts'
import { type Lane, lanesOf, nextTurn } from './lanes.ts'
import type { Pace } from './pace.ts'
import { promptQueues, type Waiting } from './queues.ts'
import { draws } from './random.ts'
import { type Clock, leastTraced, mostSteps, newClock, pushInterval, type Source, type Trace } from './trace.ts'

/**
 * The steps of a pipeline, lane by lane, with at least one request that decodes, so that there is something to time. A step enters when the first
 * stage is free, and leaves no sooner than its slowest stage after the one before it. Where nobody is in prefill, steps are skipped until the next
 * request comes; it goes to a lane with the fewest. The same numbers are drawn in every call.
 */
export function pipelinedSteps(load: Load, decoding: number, pace: Pace, source: Source, requests = draws): Trace {
  const { chunkedPrefill, asyncScheduling, admissionHold = 0 } = load.scheduler
  const { open, decodes, stalls, prompts, gap, finishing, ranks } = given(load, source)
  const members = open && !decodes ? 0 : Math.max(1, decoding)
  const lanes = lanesOf(load.pp, pace.lanes, members)
  const clocks = lanes.map(newClock)
  const ticked = lanes.map(() => 0)
  const queues = promptQueues(load.pp, ranks)
  const trace = { ttft: [] as number[], which: [] as number[], from: [] as number[], past: [] as number[] }
  const laneOf: number[] = []
  const done: Waiting[] = []
  let [came, gone, entry, lastEnd, waiting, next] = [0, 1, 0, 0, 0, gap[0]!]
  const decodersIn = (lane: Lane) => (!decodes ? 0 : open ? lane.members : Math.max(0, lane.members - lane.waiting))
  const enter = (lane: Lane, arrived: number) => {
    if (lane.waiting === 0 && decodersIn(lane) === 0 && lane.end < arrived) {
      lane.end = arrived
      lane.busy = false
    }
    const which = came++ % prompts.length
    queues.add(lane.number, arrived, Math.max(1, prompts[which]!), which)
    lane.waiting++
    waiting++
  }
  // Where lanes have several each, how many says little of how many are in prefill.
  const chosen = members < 2 * load.pp * ranks
  const fewest = () => lanes.reduce((least, lane) => (lane.members + lane.waiting < least.members + least.waiting ? lane : least))
  const tick = (lane: Lane, end: number, by: number) => {
    pushInterval(clocks[lane.number]!, 1, end - ticked[lane.number]! + (open ? pace.each : 0), open ? 1 : by)
    ticked[lane.number] = end
  }
  const skip = (rounds: number) => {
    const seconds = rounds * pace.round
    for (const lane of lanes) {
      if (decodersIn(lane) === 0) continue
      pushInterval(clocks[lane.number]!, rounds, pace.round + (open ? pace.each : 0), open ? 1 : lane.members)
      lane.start += seconds
      lane.end += seconds
      ticked[lane.number]! += seconds
    }
    entry += seconds
    lastEnd += seconds
  }
  if (!open && !decodes) for (const lane of lanes) for (let i = 0; i < lane.members; i++) enter(lane, 0)

  for (let steps = 0; (steps < mostSteps || trace.ttft.length < leastTraced) && trace.ttft.length < requests; steps++) {
    const turn = nextTurn(lanes, entry, decodersIn, queues)
    if (open && next <= (turn?.at ?? next)) {
      enter(chosen ? fewest() : lanes[came % lanes.length]!, next)
      next += gap[gone++ % draws]!
      continue
    }
    const { lane, at: now } = turn!
    const rounds = waiting > 0 ? 0 : open ? (next - now) / pace.round - 1 : next / (members * finishing) - 1
    if (rounds >= 1) {
      skip(Math.floor(rounds))
      if (!open) next -= Math.floor(rounds) * members * finishing
      continue
    }
    const others = decodersIn(lane)
    const known = asyncScheduling && lane.busy ? lane.start : now
    const ready = queues.ready(lane.number, known)
    const holds = lane.held < admissionHold && ready > 0 && ready < ranks && others >= ranks
    lane.held = holds ? lane.held + 1 : 0
    const { fullest, even } = ready === 0 || holds ? nothing : queues.take(lane.number, known, pace.budget, chunkedPrefill, done)
    if (fullest === 0 && others === 0) {
      lane.busy = false
      lane.end = now
      continue
    }
    const alone = stalls && fullest > 0
    const less = open || alone ? 0 : (lane.members - others) * pace.each
    const period = Math.max(0, (fullest > 0 ? pace.period(fullest, even) : pace.alone.period) - less / load.pp)
    const end = Math.max(now + (fullest > 0 ? pace.latency(fullest, even) : pace.alone.latency) - less, lastEnd + period)
    lane.start = now
    lane.end = end
    lane.busy = true
    entry = now + period
    lastEnd = end
    if (others > 0 && !alone) tick(lane, end, others)
    lane.waiting -= done.length
    waiting -= done.length
    for (const { arrived, which } of done) {
      // One that nobody decodes beside goes on as those of the first lane do.
      const on = others > 0 ? lane.number : 0
      trace.which.push(which)
      trace.ttft.push(end - arrived)
      laneOf.push(on)
      trace.from.push(clocks[on]!.steps)
      trace.past.push(others > 0 ? end - ticked[on]! : 0)
      if (!open && !decodes) enter(lane, end + load.perRequest)
    }
    done.length = 0
    if (open || !decodes || alone) continue
    for (next -= others * finishing; next <= 0; next += gap[gone++ % draws]!) enter(lane, end + load.perRequest)
  }
  const plain = pace.round + (open ? pace.each : 0)
  return { ...trace, ...oneAfterAnother(clocks, laneOf, trace.from), plain, foreign: open ? 1 : (decoding - 1) / decoding }
}

const nothing = { fullest: 0, even: 0 }

/** The lanes' intervals behind each other, and where in them each request begins. */
function oneAfterAnother(
  clocks: readonly Clock[],
  laneOf: readonly number[],
  from: readonly number[],
): Pick<Trace, 'counts' | 'intervals' | 'decoders' | 'from'> {
  let steps = 0
  const before = clocks.map((clock) => {
    steps += clock.steps
    return steps - clock.steps
  })
  return {
    counts: clocks.flatMap(({ counts }) => counts),
    intervals: clocks.flatMap(({ intervals }) => intervals),
    decoders: clocks.flatMap(({ decoders }) => decoders),
    from: from.map((at, i) => before[laneOf[i]!]! + at),
  }
}
