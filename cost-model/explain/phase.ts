import type { Engine } from '../../spaces/engine.ts'
import type { Model } from '../../spaces/model.ts'
import { countStep } from '../counts.ts'
import type { Phase, Segment } from '../graph.ts'
import { withHost } from '../host.ts'
import type { LayoutModel } from '../layout-model.ts'
import { weakest } from '../link.ts'
import type { StepShape } from '../step.ts'
import { type Drawn, draw } from './draw.ts'
import type { OpExplanation, PhaseExplanation, SegmentExplanation, StageExplanation } from './explanation.ts'
import { segmentTitle } from './segment-title.ts'

/** One step of a phase alone: what `stepTime` adds up, op by op. */
export function explainPhase(
  { model, engine }: { readonly model: Model; readonly engine: Engine },
  layoutModel: LayoutModel,
  phase: Phase,
  shape: StepShape,
): PhaseExplanation {
  const counts = countStep(shape, layoutModel.attentionDp, layoutModel.captured)
  const graph = layoutModel[phase]
  const pp = graph.stages
  const runs = mergedRuns(graph.segments, layoutModel.timedAs)
  const repeats = (timedAs: number) => runs.reduce((sum, run) => (run.timedAs === timedAs ? sum + run.repeat : sum), 0)
  const drawn = new Map<number, Drawn>()
  for (const { timedAs, segment } of runs) {
    if (!drawn.has(timedAs)) drawn.set(timedAs, draw(segment, layoutModel.segments[timedAs]!, counts, layoutModel))
  }
  const seconds = runs.reduce((sum, { timedAs, repeat }) => sum + repeat * drawn.get(timedAs)!.seconds, 0)
  const stages = Array.from({ length: pp }, (_, stage): StageExplanation => {
    const segments = runs
      .filter(({ segment }) => segment.stage === stage)
      .map(({ segment: { name }, timedAs, repeat }): SegmentExplanation => {
        const { ops, ...one } = drawn.get(timedAs)!
        const all = repeats(timedAs)
        const shared = ops.map(({ counted, ...op }): OpExplanation => ({ ...op, share: (all * counted) / seconds }))
        return { name, title: segmentTitle(model, pp, stage, name), repeat, ...one, ops: shared }
      })
    return { stage, seconds: segments.reduce((sum, s) => sum + s.repeat * s.seconds, 0), segments }
  })
  const [tokens, sequences, context] =
    phase === 'prefill'
      ? [shape.prefillTokens, shape.prefillSequences, shape.prefillContext]
      : [shape.decodeSequences, shape.decodeSequences / counts.width, counts.context]
  return {
    phase,
    tokens,
    sequences,
    context,
    seconds,
    host: withHost(engine, { latency: 0, period: 0 }, shape, layoutModel.attentionDp).latency,
    period: Math.max(...stages.map((stage) => stage.seconds)),
    stages,
    pedigree: weakest([...drawn.values()].flatMap(({ ops }) => ops.map((op) => op.pedigree))),
  }
}

/** Equal segments of a stage, wherever they stand in it. */
interface Run {
  readonly segment: Segment
  readonly timedAs: number
  readonly repeat: number
}

/** Layers that alternate are two runs, not one for each of them. */
function mergedRuns(segments: readonly Segment[], timedAs: readonly number[]): readonly Run[] {
  const runs = new Map<string, Run>()
  for (const [i, segment] of segments.entries()) {
    const key = `${segment.stage}/${timedAs[i]}`
    runs.set(key, {
      segment: runs.get(key)?.segment ?? segment,
      timedAs: timedAs[i]!,
      repeat: (runs.get(key)?.repeat ?? 0) + segment.repeat,
    })
  }
  return [...runs.values()]
}
