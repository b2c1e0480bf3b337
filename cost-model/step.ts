import type { Bound } from './column.ts'
import { countStep, roomForCounts, type StepShape } from './counts.ts'
import { draftSteps } from './draft-steps.ts'
import { waitForHost } from './host.ts'
import type { LayoutModel } from './layout-model.ts'
import { addOps, at, noSums, type Sums } from './op-table.ts'
import { twoBatchStep } from './two-batch.ts'

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

// Written anew in every call, and kept so that a step leaves no garbage but its result: a sweep takes millions of steps.
const one = noSums()
const total = noSums()
const room = roomForCounts()
let perSegment = new Float64Array(64)

/** Time of one step, of any mix of prompts and decodes. Ops run one after another except where the engine overlaps them. */
export function stepTime(model: LayoutModel, shape: StepShape): StepTime {
  clear(total)
  const { latency, period } = stepSeconds(model, shape, total)
  const compute = total[at.compute]!
  const memory = total[at.memory]!
  const communication = total[at.communication]!
  const overhead = total[at.overhead]!
  return {
    latency,
    period,
    compute,
    memory,
    communication,
    overhead,
    bound: largest(compute, memory, communication, overhead),
    flops: total[at.flops]!,
    bytes: total[at.bytes]!,
    sent: total[at.sent]!,
  }
}

/**
 * The same for those who ask only how long it takes; what it is made of is added to `sums`. Drafts are made on the last stage: where stages
 * differ, its turn is longer by less.
 */
export function stepSeconds(model: LayoutModel, shape: StepShape, sums?: Sums): Pick<StepTime, 'latency' | 'period'> {
  const own = secondsAlone(model, shape, sums)
  if (model.draft === undefined) return own
  let seconds = 0
  for (const { shape: drafted, times } of draftSteps(model.draft.depth, shape)) {
    const parts = noSums()
    seconds += times * secondsAlone(model.draft.model, drafted, parts).latency
    if (sums !== undefined) for (let p = 0; p <= at.sent; p++) sums[p]! += times * parts[p]!
  }
  return { latency: own.latency + seconds, period: own.period + seconds }
}

function secondsAlone(model: LayoutModel, shape: StepShape, sums?: Sums): Pick<StepTime, 'latency' | 'period'> {
  const counts = countStep(shape, model.attentionDp, model.captured, room)
  const { segments, repeats, runs } = model
  const count = segments.length
  if (perSegment.length < count) perSegment = new Float64Array(count)
  const halves = twoBatchStep(model, counts)
  let latency = 0
  for (let k = 0; k < count; k++) {
    const halved = halves?.get(k)
    if (halved === undefined) {
      clear(one)
      addOps(segments[k]!.table, counts, one)
      if (counts.eager) waitForHost(model, one)
    }
    const segment = halved ?? one
    // What goes through as two batches has all layers of its run in its sums.
    const layers = halved === undefined ? segments[k]!.layers : 1
    const times = layers * runs[k]!
    perSegment[k] = layers * segment[at.seconds]!
    latency += times * segment[at.seconds]!
    if (sums !== undefined) for (let p = 0; p <= at.sent; p++) sums[p]! += times * segment[p]!
  }
  return { latency, period: repeats.length === count ? latency : slowestStage(repeats, count) }
}

function clear(sums: Sums): void {
  for (let p = 0; p < sums.length; p++) sums[p] = 0
}

function slowestStage(repeats: Float64Array, count: number): number {
  let slowest = 0
  for (let s = 0; s < repeats.length; s += count) {
    let seconds = 0
    for (let k = 0; k < count; k++) seconds += repeats[s + k]! * perSegment[k]!
    slowest = Math.max(slowest, seconds)
  }
  return slowest
}

function largest(compute: number, memory: number, communication: number, overhead: number): Bound {
  const most = Math.max(compute, memory, communication, overhead)
  return compute === most ? 'compute' : memory === most ? 'memory' : communication === most ? 'communication' : 'overhead'
}
