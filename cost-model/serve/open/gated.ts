import type { Load } from '../load.ts'
import { given } from './given.ts'
import type { Pace } from './pace.ts'
import { promptQueues, type Waiting } from './queues.ts'
import { draws } from './random.ts'
import { leastTraced, mostSteps, newClock, pushInterval, type Source, type Trace } from './trace.ts'

/**
 * Steps of one stage grow by the prompts that came before they were formed: T' = T(prompts in T), as many of their tokens as the budget lets
 * through, with `decoding` requests beside (in closed loop less those in prefill). Steps without prompts are taken all at once. The same
 * numbers are drawn in every call.
 */
export function gatedSteps(load: Load, decoding: number, pace: Pace, source: Source, requests = draws): Trace {
  const { chunkedPrefill, asyncScheduling, admissionHold = 0 } = load.scheduler
  const { plain } = pace
  const { open, decodes, stalls, prompts, gap, finishing, ranks } = given(load, source)
  // A scheduler with nobody in it begins at once.
  const fresh = (open ? decoding + 1 : decoding) <= 1
  const late = asyncScheduling && !fresh
  const queues = promptQueues(1, ranks)
  const clock = newClock()
  const trace = { ttft: [] as number[], which: [] as number[], from: [] as number[], past: [] as number[] }
  const done: Waiting[] = []
  let [time, previous, waiting, stalled, came, gone, quiet, held] = [0, 0, 0, 0, 0, 1, true, 0]
  let next = gap[0]!
  const advance = (to: number) => {
    previous = time
    time = to
  }
  const enter = (arrived: number) => {
    const which = came++ % prompts.length
    queues.add(0, arrived, Math.max(1, prompts[which]!), which)
    waiting++
  }
  const decode = (steps: number, seconds: number, by: number) => {
    pushInterval(clock, steps, seconds + stalled + (open ? pace.more : 0), open ? 1 : by)
    stalled = 0
  }
  const finish = (by: number) => {
    for (next -= by * finishing; next <= 0; next += gap[gone++ % draws]!) enter(time + load.perRequest)
  }
  if (!open && !decodes) for (let i = 0; i < decoding; i++) enter(0)

  for (let steps = 0; (steps < mostSteps || trace.ttft.length < leastTraced) && trace.ttft.length < requests; steps++) {
    if (open) {
      if (!decodes && waiting === 0 && next > time) advance(next)
      for (; next <= time; next += gap[gone++ % draws]!) enter(quiet && decodes ? time : next)
    }
    if (waiting === 0 && decodes) {
      const skipped = Math.max(1, Math.ceil(open ? (next - time) / plain : next / (decoding * finishing)))
      decode(1, plain, decoding)
      if (skipped > 1) decode(skipped - 1, plain, decoding)
      time += skipped * plain
      previous = time - plain
      quiet = decoding === 0
      if (!open) finish(skipped * decoding)
      continue
    }
    const others = open ? decoding : Math.max(0, decoding - waiting)
    // One that forms a step while its last one runs knows only who came before that.
    const known = late && !quiet ? previous : time
    const ready = queues.ready(0, known)
    const holds = held < admissionHold && ready > 0 && ready < ranks && decoding >= ranks
    held = holds ? held + 1 : 0
    if (decodes && (ready === 0 || holds)) {
      decode(1, plain, others)
      advance(time + plain)
      if (!open) finish(others)
      continue
    }
    const { fullest, even } = queues.take(0, known, pace.budget, chunkedPrefill, done)
    const alone = stalls && fullest > 0
    const less = alone || open ? 0 : (decoding - others) * pace.more
    const seconds = Math.max(0, fullest > 0 ? pace.latency(fullest, even) - less : plain)
    advance(time + seconds)
    quiet = false
    waiting -= done.length
    if (alone) stalled += seconds
    else if (decodes) decode(1, seconds, others)
    for (const { arrived, which } of done) {
      trace.which.push(which)
      trace.ttft.push(time - arrived)
      trace.from.push(clock.steps)
      trace.past.push(stalled)
      if (!open && !decodes) enter(time + load.perRequest)
    }
    done.length = 0
    if (!open && decodes && !alone) finish(others)
  }
  const { counts, intervals, decoders } = clock
  return { ...trace, counts, intervals, decoders, plain: plain + (open ? pace.more : 0), foreign: open ? 1 : (decoding - 1) / decoding }
}
