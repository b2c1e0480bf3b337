import type { Bound } from './column.ts'
import { countStep, type StepShape } from './counts.ts'
import type { LayoutModel } from './layout-model.ts'
import { addOps, noSums, type Sums } from './op-table.ts'

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
  const total = noSums()
  for (let k = 0; k < segments.length; k++) {
    const one = noSums()
    addOps(segments[k]!.table, counts, one)
    if (counts.eager) waitForHost(model, one)
    let times = 0
    for (let s = 0; s < perStage.length; s++) {
      const here = repeats[s * segments.length + k]!
      perStage[s]! += here * one.seconds
      times += here
    }
    addTimes(total, one, times)
  }
  const [compute, memory, communication, overhead] = [total.compute + 0, total.memory + 0, total.communication + 0, total.overhead + 0]
  return {
    latency: total.seconds + 0,
    period: perStage.reduce((a, b) => Math.max(a, b), 0),
    compute,
    memory,
    communication,
    overhead,
    bound: largest(compute, memory, communication, overhead),
    flops: total.flops + 0,
    bytes: total.bytes + 0,
    sent: total.sent + 0,
  }
}

/** Without a captured graph the host launches every kernel, and the GPU waits where it is the faster. */
export function hostWait(
  { launch, eagerCollective }: Pick<LayoutModel, 'launch' | 'eagerCollective'>,
  { launched, exchanged, seconds }: Pick<Sums, 'launched' | 'exchanged' | 'seconds'>,
): number {
  return Math.max(0, launched * launch + exchanged * eagerCollective - seconds)
}

function waitForHost(model: LayoutModel, sums: Sums): void {
  const wait = hostWait(model, sums)
  sums.overhead += wait
  sums.seconds += wait
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

function largest(compute: number, memory: number, communication: number, overhead: number): Bound {
  const most = Math.max(compute, memory, communication, overhead)
  return compute === most ? 'compute' : memory === most ? 'memory' : communication === most ? 'communication' : 'overhead'
}
