import { computedPrompt, decodedTokens, type Load, tokensPerStep } from '../load.ts'
import type { Stream } from './arrivals.ts'
import type { Pace } from './pace.ts'
import { promptQueues, type Waiting } from './queues.ts'
import { draws, gaps, logNormals } from './random.ts'

/** Requests that come while a number of others decode; seconds. */
export interface Trace {
  /** Arrival, with a seat, to first token; the intervals between tokens that follow: `from` which on, less what of it is past. */
  readonly ttft: readonly number[]
  /** Number of the draw that a request's lengths are of. */
  readonly which: readonly number[]
  readonly from: readonly number[]
  readonly past: readonly number[]
  /** Between two steps that decode, in turn: so many of so many seconds. */
  readonly counts: readonly number[]
  readonly intervals: readonly number[]
  /** Requests that each of them gives a token. */
  readonly decoders: readonly number[]
  /** An interval without prompts, and the share of the prompts that a request meets which are not its own next one's. */
  readonly plain: number
  readonly foreign: number
}

/** Where requests come from: a stream, or the requests of a closed loop that finish. */
export type Source = { readonly kind: 'open'; readonly stream: Stream } | { readonly kind: 'closed' }

/** The most steps with prompts that are spent on a trace, where prompts are long, beyond so many requests. */
const mostSteps = 20_000
const least = 8

/**
 * Steps grow by the prompts that came before they were formed: T' = T(prompts in T), as many of their tokens as the budget lets through, with
 * `decoding` requests beside (in closed loop less those in prefill). A lane of a pipeline forms its step when its last one ends, and follows the
 * step of the lane before it through the stages. Steps without prompts are taken all at once. The same numbers are drawn in every call.
 */
export function gatedSteps(load: Load, decoding: number, pace: Pace, source: Source, requests = draws): Trace {
  const { chunkedPrefill, asyncScheduling, mixedSteps, admissionHold = 0 } = load.scheduler
  const { lanes, plain } = pace
  const open = source.kind === 'open'
  const decodes = decodedTokens(load) > 0
  const stalls = !mixedSteps && decodes
  const prompts = load.drawn?.prompts ?? logNormals('prompts', computedPrompt(load), load.islCv)
  const gap = open ? gaps(1 / source.stream.rate, source.stream.cv) : gaps(1, 1)
  // Shares of a decode step's requests that finish with it.
  const finishing = tokensPerStep(load.speculation) / Math.max(1, decodedTokens(load)) / lanes
  const ranks = Math.max(1, Math.min(load.attentionDp, load.concurrency))
  // There is a lane with nobody in it, which begins at once.
  const fresh = (open ? decoding + 1 : decoding) <= lanes
  const late = asyncScheduling && !fresh
  const queues = promptQueues(lanes, ranks)
  const trace = {
    ttft: [] as number[],
    which: [] as number[],
    from: [] as number[],
    past: [] as number[],
    counts: [] as number[],
    intervals: [] as number[],
    decoders: [] as number[],
  }
  const done: Waiting[] = []
  const ends = recentEnds(2 * lanes)
  let [time, waiting, stalled, decoded, came, gone, quiet, turn, held] = [0, 0, 0, 0, 0, 1, true, 0, 0]
  let next = gap[0]!
  const advance = (to: number) => {
    time = to
    ends.push(to)
  }
  const enter = (lane: number, arrived: number) => {
    const which = came++ % prompts.length
    queues.add(lane, arrived, Math.max(1, prompts[which]!), which)
    waiting++
  }
  const decode = (steps: number, seconds: number, by: number) => {
    const [who, interval, last] = [open ? 1 : by, seconds + stalled + (open ? pace.more : 0), trace.counts.length - 1]
    decoded += steps
    stalled = 0
    if (last >= 0 && trace.intervals[last] === interval && trace.decoders[last] === who) {
      trace.counts[last]! += steps
      return
    }
    trace.decoders.push(who)
    trace.counts.push(steps)
    trace.intervals.push(interval)
  }
  const finish = (lane: number, by: number) => {
    for (next -= by * finishing; next <= 0; next += gap[gone++ % draws]!) enter(lane, time + load.perRequest)
  }
  if (!open && !decodes) for (let i = 0; i < decoding; i++) enter(i % lanes, 0)

  for (let steps = 0; (steps < mostSteps || trace.ttft.length < least) && trace.ttft.length < requests; steps++) {
    if (open) {
      if (!decodes && waiting === 0 && next > time) advance(next)
      for (; next <= time; next += gap[gone++ % draws]!) enter(fresh ? turn : came % lanes, quiet && decodes ? time : next)
    }
    if (waiting === 0 && decodes) {
      const skipped = Math.max(1, Math.ceil(open ? (next - time) / plain : next / (decoding * finishing)))
      decode(1, plain, decoding)
      if (skipped > 1) decode(skipped - 1, plain, decoding)
      for (let j = Math.max(0, skipped - 2 * lanes); j < skipped; j++) ends.push(time + (j + 1) * plain)
      time += skipped * plain
      turn = (turn + skipped) % lanes
      quiet = decoding === 0
      if (!open) finish(turn, skipped * decoding)
      continue
    }
    const lane = turn
    turn = (turn + 1) % lanes
    const others = open ? decoding : Math.max(0, decoding - waiting)
    // An idle lane begins at once; one that forms a step while its last one runs knows only who came before that.
    const known = fresh || quiet ? time : ends.before(late ? 2 * lanes : lanes)
    const ready = queues.ready(lane, known)
    const holds = held < admissionHold && ready > 0 && ready < ranks && decoding >= lanes * ranks
    held = holds ? held + 1 : 0
    if (decodes && (ready === 0 || holds)) {
      decode(1, plain, others)
      advance(time + plain)
      if (!open) finish(lane, others)
      continue
    }
    const { fullest, even } = queues.take(lane, known, pace.budget, chunkedPrefill, done)
    const alone = stalls && fullest > 0
    const less = alone || open ? 0 : (decoding - others) * pace.more
    const start = fresh && !quiet && done.length > 0 ? Math.max(ends.before(lanes), done[0]!.arrived) : ends.before(lanes)
    const way = fullest > 0 ? start + pace.latency(fullest, even) - lanes * less - time : plain
    const seconds = Math.max(0, way, fullest > 0 ? pace.period(fullest, even) - less : 0)
    advance(time + seconds)
    quiet = false
    waiting -= done.length
    if (alone) stalled += seconds
    else if (decodes) decode(1, seconds, others)
    for (const { arrived, which } of done) {
      trace.which.push(which)
      trace.ttft.push(time - arrived)
      trace.from.push(decoded)
      trace.past.push(stalled)
      if (!open && !decodes) enter(lane, time + load.perRequest)
    }
    done.length = 0
    if (!open && decodes && !alone) finish(lane, others)
  }
  return { ...trace, plain: plain + (open ? pace.more : 0), foreign: open ? 1 : (decoding - 1) / decoding }
}

/** When the last so many steps ended; before the first of them all ended at 0. */
function recentEnds(count: number): { push(end: number): void; before(steps: number): number } {
  const ends = new Float64Array(count)
  let at = 0
  return {
    push: (end) => {
      ends[at] = end
      at = (at + 1) % count
    },
    before: (steps) => ends[(at - steps + count) % count]!,
  }
}
