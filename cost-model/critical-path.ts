import type { Graph, Op, Segment } from './graph.ts'

/** When an op runs within one pass through its segment. Seconds. */
export interface Span {
  readonly op: Op
  readonly start: number
  readonly end: number
  /** Op whose end it waited for; undefined at the segment's start. */
  readonly waitedFor: string | undefined
}

/** `serial`: one op after another. `lanes`: compute and network each in their own order, beside each other where data allows. */
export type Overlap = 'serial' | 'lanes'

/** Spans of a segment's ops in issue order: an op starts once its inputs and the ops before it in its lane are done. */
export function schedule(segment: Segment, seconds: (op: Op, segment: Segment) => number, overlap: Overlap): readonly Span[] {
  const done = new Map<string, number>()
  const lanes = new Map<string, { readonly op: string; readonly end: number }>()
  return segment.ops.map((op) => {
    const lane = overlap === 'serial' ? 'all' : op.lane
    const before = lanes.get(lane)
    let [start, waitedFor] = [before?.end ?? 0, before?.op]
    for (const { op: name } of op.after) {
      const end = done.get(name) ?? 0
      if (end > start) [start, waitedFor] = [end, name]
    }
    const end = start + seconds(op, segment)
    done.set(op.name, end)
    lanes.set(lane, { op: op.name, end })
    return { op, start, end, waitedFor }
  })
}

/** Ops of a segment that nothing can be taken from without its ending sooner, first to last. */
export function criticalOps(spans: readonly Span[]): readonly Span[] {
  const byName = new Map(spans.map((span) => [span.op.name, span]))
  const path: Span[] = []
  let span = spans.reduce<Span | undefined>((last, s) => (last === undefined || s.end > last.end ? s : last), undefined)
  while (span !== undefined) {
    path.unshift(span)
    span = span.waitedFor === undefined ? undefined : byName.get(span.waitedFor)
  }
  return path
}

/** Longest path through a graph: segments follow each other, each as long as its critical ops. Seconds. */
export function longestPath(graph: Graph, seconds: (op: Op, segment: Segment) => number, overlap: Overlap): number {
  let total = 0
  for (const segment of graph.segments) {
    const path = criticalOps(schedule(segment, seconds, overlap))
    total += segment.repeat * path.reduce((sum, span) => sum + span.end - span.start, 0)
  }
  return total
}
