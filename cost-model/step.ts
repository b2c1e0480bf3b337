import type { Bound } from './column.ts'
import { countStep, type StepShape } from './counts.ts'
import type { LayoutModel } from './layout-model.ts'
import { addOps, sumCount, sumOf } from './op-table.ts'

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

/** Time of one step, of any mix of prompts and decodes. Ops run one after another: no engine's overlap is assumed. */
export function stepTime(model: LayoutModel, shape: StepShape): StepTime {
  const counts = countStep(shape, model.attentionDp, model.captured)
  const { segments, repeats } = model
  const perStage = new Float64Array(repeats.length / segments.length)
  const total = new Float64Array(sumCount)
  const one = new Float64Array(sumCount)
  for (let k = 0; k < segments.length; k++) {
    one.fill(0)
    addOps(segments[k]!.table, counts, one)
    if (counts.eager) waitForHost(model, one)
    let times = 0
    for (let s = 0; s < perStage.length; s++) {
      const here = repeats[s * segments.length + k]!
      perStage[s]! += here * one[sumOf.seconds]!
      times += here
    }
    for (let i = 0; i < sumCount; i++) total[i]! += times * one[i]!
  }
  return {
    latency: total[sumOf.seconds]!,
    period: perStage.reduce((a, b) => Math.max(a, b), 0),
    compute: total[sumOf.compute]!,
    memory: total[sumOf.memory]!,
    communication: total[sumOf.communication]!,
    overhead: total[sumOf.overhead]!,
    bound: largest(total[sumOf.compute]!, total[sumOf.memory]!, total[sumOf.communication]!, total[sumOf.overhead]!),
    flops: total[sumOf.flops]!,
    bytes: total[sumOf.bytes]!,
    sent: total[sumOf.sent]!,
  }
}

/** Without a captured graph the host launches every kernel, and the GPU waits where it is the faster. */
function waitForHost({ launch, eagerCollective }: LayoutModel, sums: Float64Array): void {
  const host = sums[sumOf.launched]! * launch + sums[sumOf.exchanged]! * eagerCollective
  const wait = Math.max(0, host - sums[sumOf.seconds]!)
  sums[sumOf.overhead]! += wait
  sums[sumOf.seconds]! += wait
}

function largest(compute: number, memory: number, communication: number, overhead: number): Bound {
  const most = Math.max(compute, memory, communication, overhead)
  return compute === most ? 'compute' : memory === most ? 'memory' : communication === most ? 'communication' : 'overhead'
}
