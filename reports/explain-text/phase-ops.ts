import type { OpExplanation, PhaseExplanation, SegmentExplanation, StageExplanation } from '../../cost-model/explain/explanation.ts'

/** Stages that take equally long for the same reasons, in a row. */
export interface AlikeStages {
  readonly first: number
  readonly last: number
  readonly stage: StageExplanation
}

/** A phase's stages, equal neighbours as one. */
export function alikeStages({ stages }: PhaseExplanation): readonly AlikeStages[] {
  const runs: AlikeStages[] = []
  for (const stage of stages) {
    const before = runs.at(-1)
    if (before !== undefined && sameStage(before.stage, stage)) runs[runs.length - 1] = { ...before, last: stage.stage }
    else runs.push({ first: stage.stage, last: stage.stage, stage })
  }
  return runs
}

function sameStage(a: StageExplanation, b: StageExplanation): boolean {
  return (
    a.segments.length === b.segments.length &&
    a.segments.every((s, i) => sameSegment(s, b.segments[i]!) && s.repeat === b.segments[i]!.repeat)
  )
}

function sameSegment(a: SegmentExplanation, b: SegmentExplanation): boolean {
  return a.name === b.name && a.seconds === b.seconds && a.ops.length === b.ops.length
}

/** An op in the first of the segments that have it: how long all of its repeats are on the critical path, and beside it. */
export interface PlacedOp {
  readonly segment: SegmentExplanation
  readonly op: OpExplanation
  readonly total: number
  readonly hidden: number
}

/** Every op of a phase that takes time, once for all stages that run it, the longest first. */
export function opsBySize(phase: PhaseExplanation): readonly PlacedOp[] {
  return distinctSegments(phase)
    .flatMap((segment) => {
      const runs = runsOf(phase, segment)
      return segment.ops.map((op) => {
        const [total, busy] = [op.share * phase.seconds, runs * op.seconds]
        return { segment, op, total, hidden: busy - total > 1e-9 * busy ? busy - total : 0 }
      })
    })
    .filter(({ op }) => op.seconds > 0)
    .toSorted((a, b) => b.total - a.total)
}

/** How often a phase runs a segment, in all of its stages. */
export function runsOf({ stages }: PhaseExplanation, segment: SegmentExplanation): number {
  return stages.flatMap(({ segments }) => segments).reduce((sum, s) => (sameSegment(s, segment) ? sum + s.repeat : sum), 0)
}

/** Segments in order, the first of equals in different stages. */
export function distinctSegments({ stages }: PhaseExplanation): readonly SegmentExplanation[] {
  const found: SegmentExplanation[] = []
  for (const segment of stages.flatMap(({ segments }) => segments)) {
    if (!found.some((other) => sameSegment(other, segment))) found.push(segment)
  }
  return found
}

/** Seconds of a phase in which its GPUs wait for the host to launch kernels. */
export function hostWaits({ stages }: PhaseExplanation): number {
  return stages.flatMap(({ segments }) => segments).reduce((sum, { repeat, hostWait }) => sum + repeat * hostWait, 0)
}
