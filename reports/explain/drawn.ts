import type { OpExplanation, PhaseExplanation, SegmentExplanation, StageExplanation } from '../../cost-model/explain/explanation.ts'
import type { After } from '../../cost-model/graph.ts'
import { time } from '../explain-text/quantity.ts'

/** Pipeline stages that do the same in the same time, drawn once. */
export interface DrawnStage {
  readonly id: string
  /** `stage 0`, `stages 1 to 6`. */
  readonly title: string
  readonly count: number
  /** Seconds of one of them. */
  readonly seconds: number
  readonly segments: readonly DrawnSegment[]
}

export interface DrawnSegment {
  readonly id: string
  readonly title: string
  /** Runs in one stage. */
  readonly repeat: number
  /** Seconds of one run. */
  readonly seconds: number
  /** Of it, waiting for the host. */
  readonly hostWait: number
  readonly ops: readonly DrawnOp[]
}

export interface DrawnOp {
  /** Unique in the drawing. */
  readonly id: string
  readonly op: OpExplanation
  /** Part of the phase's seconds that it takes in the stages drawn here. */
  readonly share: number
}

export interface DrawnEdge {
  readonly from: string
  readonly to: string
  readonly why: After['why']
  readonly critical: boolean
}

/** What a drawing of a phase shows: each distinct stage, segment and op once. */
export function drawnStages(phase: PhaseExplanation): readonly DrawnStage[] {
  const totals = new Map<string, number>()
  for (const segment of phase.stages.flatMap(({ segments }) => segments)) {
    totals.set(contentOf(segment), (totals.get(contentOf(segment)) ?? 0) + segment.repeat)
  }
  return groupBy(phase.stages, stageContent).map((stages): DrawnStage => {
    const [first] = stages
    const id = `stage${first.stage}`
    const partOf = (segment: SegmentExplanation) => (segment.repeat * stages.length) / (totals.get(contentOf(segment)) as number)
    const segments = first.segments.map((segment) => drawnSegment(id, segment, partOf(segment)))
    return { id, title: stagesTitle(stages.map((s) => s.stage)), count: stages.length, seconds: first.seconds, segments }
  })
}

/** Groups of equal key, in the order they first come. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}

function stageContent({ segments }: StageExplanation): string {
  return segments.map((segment) => `${contentOf(segment)} x${segment.repeat}`).join()
}

/** Segments of one content are one: of one name those may differ in the links that they use. */
function contentOf({ name, seconds }: SegmentExplanation): string {
  return `${name} ${seconds.toPrecision(9)}`
}

/** `part`: of all runs of the segment in the phase, the runs in the stages drawn here. */
function drawnSegment(stage: string, { name, title, repeat, seconds, hostWait, ops }: SegmentExplanation, part: number): DrawnSegment {
  const id = `${stage}/${name}`
  const drawn = ops.map((op) => ({ id: `${id}/${op.name}`, op, share: op.share * part }))
  return { id, title, repeat, seconds, hostWait, ops: drawn }
}

function stagesTitle(stages: readonly number[]): string {
  const [first] = stages
  const last = stages.at(-1) as number
  if (stages.length === 1) return `stage ${first}`
  return last - first === stages.length - 1 ? `stages ${first} to ${last}` : `stages ${stages.join(', ')}`
}

/** What waits for what: inside segments as the graph says, from one segment to the next by its last result, from stage to stage by a send. */
export function drawnEdges(stages: readonly DrawnStage[]): readonly DrawnEdge[] {
  const edges: DrawnEdge[] = []
  let last: { readonly op: DrawnOp; readonly stage: string } | undefined
  for (const { id: stage, segments } of stages) {
    for (const { id, ops } of segments) {
      const [first] = ops
      if (first === undefined) continue
      if (last !== undefined) {
        const why = last.stage === stage ? 'data' : 'pipeline'
        edges.push({ from: last.op.id, to: first.id, why, critical: last.op.op.critical && first.op.critical })
      }
      edges.push(...ops.flatMap((to) => to.op.after.map((after) => edgeInto(id, ops, to, after))))
      last = { op: ops.at(-1) as DrawnOp, stage }
    }
  }
  return edges
}

function edgeInto(segment: string, ops: readonly DrawnOp[], to: DrawnOp, { op: name, why }: After): DrawnEdge {
  const critical = to.op.critical && ops.some(({ op }) => op.name === name && op.critical)
  return { from: `${segment}/${name}`, to: to.id, why, critical }
}

/** `layers 3 to 30: MLA, MoE x 28: 12.9 ms`, as exports call a segment. */
export function segmentLabel({ title, repeat, seconds }: DrawnSegment): string {
  return repeat > 1 ? `${title} x ${repeat}: ${time(repeat * seconds)}` : `${title}: ${time(seconds)}`
}
