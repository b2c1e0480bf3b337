import type { Engine } from '../../spaces/engine.ts'
import type { Model } from '../../spaces/model.ts'
import { type Counts, countStep, rowsIn } from '../counts.ts'
import { criticalOps, type Span, schedule } from '../critical-path.ts'
import type { Op, Phase, Segment } from '../graph.ts'
import { withHost } from '../host.ts'
import type { LayoutModel, TimedSegment } from '../layout-model.ts'
import { weakest } from '../link.ts'
import { hostWait, type StepShape } from '../step.ts'
import type { OpExplanation, PhaseExplanation, SegmentExplanation, StageExplanation } from './explanation.ts'
import { type Costed, costOf } from './op.ts'
import { segmentTitle } from './segment-title.ts'

/** How the engine lets a segment's ops overlap. */
function placed(segment: Segment, seconds: (op: Op) => number): readonly Span[] {
  return schedule(segment, seconds, 'serial')
}

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
        const shared = ops.map((op): OpExplanation => ({ ...op, share: (all * op.seconds) / seconds }))
        return { name, title: segmentTitle(model, pp, stage, name), repeat, ...one, ops: shared }
      })
    return { stage, seconds: segments.reduce((sum, s) => sum + s.repeat * s.seconds, 0), segments }
  })
  const [tokens, sequences, context] =
    phase === 'prefill'
      ? [shape.prefillTokens, shape.prefillSequences, shape.prefillContext]
      : [shape.decodeSequences, shape.decodeSequences, shape.decodeContext]
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

interface Drawn {
  readonly seconds: number
  readonly hostWait: number
  readonly ops: readonly Omit<OpExplanation, 'share'>[]
}

/** One run of a segment in time. */
function draw(segment: Segment, { ops }: TimedSegment, counts: Counts, model: LayoutModel): Drawn {
  const running = new Map(ops.filter(({ rows }) => rowsIn(rows, counts) > 0).map((timed) => [timed.op.name, timed]))
  const costs = new Map(segment.ops.map((op): [string, Costed] => [op.name, costOf({ op, timed: running.get(op.name) }, counts)]))
  const spans = placed(segment, (op) => costs.get(op.name)!.seconds)
  const critical = new Set(criticalOps(spans).map(({ op }) => op.name))
  const seconds = Math.max(0, ...spans.map(({ end }) => end))
  const launched = running.size
  const exchanged = [...running.values()].filter(({ network }) => network !== undefined).length
  const wait = counts.eager ? hostWait(model, { launched, exchanged, seconds }) : 0
  return {
    seconds: seconds + wait,
    hostWait: wait,
    ops: spans.map(({ op, start, end }) => ({ ...costs.get(op.name)!, start, end, critical: critical.has(op.name) })),
  }
}
