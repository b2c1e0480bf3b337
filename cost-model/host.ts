import type { Engine } from '../spaces/engine.ts'
import type { StepShape } from './counts.ts'
import type { LayoutModel } from './layout-model.ts'
import { at, type Sums } from './op-table.ts'
import type { StepSeconds } from './serve/load.ts'

/** The host's own work of a step, which the GPUs wait for: part of every stage's turn. Each attention-DP rank has a scheduler of its own. */
export function withHost(
  { overhead }: Pick<Engine, 'overhead'>,
  { latency, period }: StepSeconds,
  shape: StepShape,
  attentionDp: number,
): StepSeconds {
  const sequences = shape.prefillSequences / (shape.prefillRanks ?? 1) + shape.decodeSequences / (shape.decodeWidth ?? 1) / attentionDp
  const host = overhead.perStep + overhead.perSequence * sequences
  return { latency: latency + host, period: period + host }
}

type Launches = Pick<LayoutModel, 'launch' | 'eagerCollective'>

/** Without a captured graph the host launches every kernel, and the GPU waits where it is the faster. Seconds. */
export function hostWait({ launch, eagerCollective }: Launches, launched: number, exchanged: number, seconds: number): number {
  return Math.max(0, launched * launch + exchanged * eagerCollective - seconds)
}

export function waitForHost(model: Launches, sums: Sums): void {
  const wait = hostWait(model, sums[at.launched]!, sums[at.exchanged]!, sums[at.seconds]!)
  sums[at.overhead]! += wait
  sums[at.seconds]! += wait
}
