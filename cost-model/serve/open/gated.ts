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
 * Steps grow by the prompts that came during the one before: T' = T(prompts in T), as many of their tokens as the budget lets through, with
 * `decoding` requests beside (in closed loop less those in prefill). Steps without prompts are taken all at once. The same numbers are drawn
 * in every call.
 */
export function gatedSteps(load: Load, decoding: number, pace: Pace, source: Source): Trace {
  const { chunkedPrefill, asyncScheduling, mixedSteps } = load.scheduler
  const open = source.kind === 'open'
  const decodes = decodedTokens(load) > 0
  const stalls = !mixedSteps && decodes
  const prompts = load.drawn?.prompts ?? logNormals('prompts', computedPrompt(load), load.islCv)
  const gap = open ? gaps(1 / source.stream.rate, source.stream.cv) : gaps(1, 1)
  // Shares of a decode step's requests that finish with it.
  const finishing = tokensPerStep(load.speculation) / Math.max(1, decodedTokens(load)) / pace.microbatches
  const late = asyncScheduling && (open || decoding > 1)
  const queues = promptQueues(Math.max(1, Math.min(load.attentionDp, load.concurrency)))
  const trace = {
    ttft: [] as number[],
    which: [] as number[],
    from: [] as number[],
    past: [] as number[],
    counts: [] as number[],
    intervals: [] as number[],
    decoders: [] as number[],
  }
  const plain = pace.seconds(0, 0)
  const done: Waiting[] = []
  let held: number[] = []
  let [time, before, waiting, stalled, decoded, came, gone, quiet] = [0, 0, 0, 0, 0, 0, 1, true]
  let next = gap[0]!
  const enter = (arrived: number) => {
    const which = came++ % draws
    queues.add(arrived, Math.max(1, prompts[which]!), which)
  }
  const replace = () => {
    waiting++
    if (late) held.push(time)
    else enter(time)
  }
  const decode = (steps: number, seconds: number, by: number) => {
    trace.decoders.push(open ? 1 : by)
    trace.counts.push(steps)
    trace.intervals.push(seconds + stalled + (open ? pace.more : 0))
    decoded += steps
    stalled = 0
  }
  if (!open && !decodes) for (let i = 0; i < decoding; i++) replace()

  for (let steps = 0; (steps < mostSteps || trace.ttft.length < least) && trace.ttft.length < draws; steps++) {
    if (open) {
      if (!decodes && waiting === 0) time = before = Math.max(time, next)
      // An idle replica begins at once; one that forms a step while the last one runs knows only who came before that.
      const seen = late && !quiet ? before : time
      for (; next <= seen; next += gap[gone++ % draws]!, waiting++) enter(quiet && decodes ? time : next)
    }
    if (waiting === 0 && decodes) {
      const idle = open ? (next - time) / plain + (late && !quiet ? 1 : 0) : next / (decoding * finishing)
      const skipped = Math.max(1, Math.ceil(idle))
      decode(1, plain, decoding)
      if (skipped > 1) decode(skipped - 1, plain, decoding)
      time += skipped * plain
      before = time - plain
      quiet = decoding === 0
      if (!open) for (next -= skipped * decoding * finishing; next <= 0; next += gap[gone++ % draws]!) replace()
      continue
    }
    const known = held
    held = []
    const { fullest, even } = queues.take(pace.budget, chunkedPrefill, done)
    for (const arrived of known) enter(arrived)
    const others = open ? decoding : Math.max(0, decoding - waiting)
    const alone = stalls && fullest > 0
    const seconds = Math.max(0, pace.seconds(fullest, even) - (alone ? 0 : (decoding - others) * pace.more))
    before = time
    time += seconds
    quiet = false
    waiting -= done.length
    if (alone) stalled += seconds
    else if (decodes) decode(1, seconds, others)
    for (const { arrived, which } of done) {
      trace.ttft.push(time + pace.passage - arrived)
      trace.which.push(which)
      trace.from.push(decoded)
      trace.past.push(stalled)
      if (!open && !decodes) replace()
    }
    done.length = 0
    if (!open && decodes && !alone) for (next -= others * finishing; next <= 0; next += gap[gone++ % draws]!) replace()
  }
  return { ...trace, plain: plain + (open ? pace.more : 0), foreign: open ? 1 : (decoding - 1) / decoding }
}
