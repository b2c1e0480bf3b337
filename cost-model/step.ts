import type { Bound } from './column.ts'
import { type Counts, countStep, rowsIn, type StepShape } from './counts.ts'
import type { LayoutModel, TimedSegment } from './layout-model.ts'
import { opTime } from './timed.ts'

export type { StepShape } from './counts.ts'

/** Seconds of one step on the GPUs; host overhead of the engine (per step, per sequence) comes on top of it in serving. */
export interface StepTime {
  /** Through all pipeline stages. */
  readonly latency: number
  /** Slowest stage with the send into it: time between steps that follow each other through the pipeline. */
  readonly period: number
  /** What the latency is made of: ops that wait for arithmetic, for memory, for links; floors of kernels and their launches. */
  readonly compute: number
  readonly memory: number
  readonly communication: number
  readonly overhead: number
  /** The largest of these. */
  readonly bound: Bound
  /** On the busiest rank of each stage, summed over stages. */
  readonly flops: number
  readonly bytes: number
  readonly sent: number
}

/** Mutable sums over the ops of a segment. */
interface Sums {
  seconds: number
  compute: number
  memory: number
  communication: number
  overhead: number
  flops: number
  bytes: number
  sent: number
}

/** Time of one step, of any mix of prompts and decodes. Ops run one after another: no engine's overlap is assumed. */
export function stepTime(model: LayoutModel, shape: StepShape): StepTime {
  const counts = countStep(shape, model.attentionDp, model.captured)
  const total = zero()
  const stages = model.stages.map(() => 0)
  for (let k = 0; k < model.segments.length; k++) {
    const one = segmentTime(model, model.segments[k]!, counts)
    let repeats = 0
    for (let s = 0; s < stages.length; s++) {
      const times = model.stages[s]![k]!
      stages[s]! += times * one.seconds
      repeats += times
    }
    addTimes(total, one, repeats)
  }
  const { compute, memory, communication, overhead, flops, bytes, sent } = total
  const bound = largest(compute, memory, communication, overhead)
  return { latency: total.seconds, period: Math.max(...stages), compute, memory, communication, overhead, bound, flops, bytes, sent }
}

/** One pass through a segment. Without a captured graph the host launches every kernel, and the GPU waits where it is the faster. */
function segmentTime({ launch, eagerCollective }: LayoutModel, { ops }: TimedSegment, counts: Counts): Sums {
  const sums = zero()
  let host = 0
  for (const op of ops) {
    const rows = rowsIn(op.rows, counts)
    if (!(rows > 0)) continue
    const { work, seconds, floor, bound } = opTime(op, rows, counts)
    const above = seconds - floor
    sums.seconds += seconds
    sums.overhead += floor
    if (bound === 'memory') sums.memory += above
    else if (bound === 'compute') sums.compute += above
    else sums.communication += above
    sums.flops += work.flops
    sums.bytes += work.read + work.write
    sums.sent += work.sent
    host += op.network === undefined ? launch : launch + eagerCollective
  }
  if (counts.eager && host > sums.seconds) {
    sums.overhead += host - sums.seconds
    sums.seconds = host
  }
  return sums
}

function addTimes(total: Sums, one: Sums, times: number): void {
  total.seconds += times * one.seconds
  total.compute += times * one.compute
  total.memory += times * one.memory
  total.communication += times * one.communication
  total.overhead += times * one.overhead
  total.flops += times * one.flops
  total.bytes += times * one.bytes
  total.sent += times * one.sent
}

function zero(): Sums {
  return { seconds: 0, compute: 0, memory: 0, communication: 0, overhead: 0, flops: 0, bytes: 0, sent: 0 }
}

function largest(compute: number, memory: number, communication: number, overhead: number): Bound {
  const most = Math.max(compute, memory, communication, overhead)
  return compute === most ? 'compute' : memory === most ? 'memory' : communication === most ? 'communication' : 'overhead'
}
