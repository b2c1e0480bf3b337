import type { Engine } from '../spaces/engine.ts'
import type { StepSeconds } from './serve/load.ts'
import type { StepShape } from './step.ts'

/** The host's own work of a step, which the GPUs wait for: part of every stage's turn. Each attention-DP rank has a scheduler of its own. */
export function withHost(
  { overhead }: Pick<Engine, 'overhead'>,
  { latency, period }: StepSeconds,
  shape: StepShape,
  attentionDp: number,
): StepSeconds {
  const sequences = shape.prefillSequences / (shape.prefillRanks ?? 1) + shape.decodeSequences / attentionDp
  const host = overhead.perStep + overhead.perSequence * sequences
  return { latency: latency + host, period: period + host }
}
