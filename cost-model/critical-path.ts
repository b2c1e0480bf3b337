import type { Overlap } from '../spaces/engine.ts'
import type { Graph, Op, Segment } from './graph.ts'
import { critical, interleave, type Lanes, lanesOf, makeSpans, type Spans, schedule } from './lanes.ts'

/** When an op runs within one pass through its segment, or one of two batches through all its layers. Seconds. */
export interface Span {
  readonly op: Op
  readonly start: number
  readonly end: number
  /** Nothing can be taken from it without the segment ending sooner. */
  readonly critical: boolean
}

/** Seconds of an op of a segment. */
export type Seconds = (op: Op, segment: Segment) => number

/** Spans of a segment's ops, in issue order, on an engine that overlaps so much. */
export function spansOf(segment: Segment, seconds: Seconds, overlaps: readonly Overlap[]): readonly Span[] {
  const times = segment.ops.map((op) => seconds(op, segment))
  const spans = makeSpans(times.length)
  schedule(allLanes(segment, overlaps), times, spans)
  return told(segment, times, spans)
}

/** Spans of the first batch's ops, layer after layer, then the second's, of two batches that go through all layers of a segment. */
export function twoBatchSpans(segment: Segment, seconds: Seconds, overlaps: readonly Overlap[]): readonly Span[] {
  const times = segment.ops.map((op) => seconds(op, segment))
  const spans = makeSpans(2 * segment.repeat * times.length)
  interleave(allLanes(segment, overlaps), times, segment.repeat, spans)
  return told(segment, times, spans)
}

/** Two batches of half the step go through a segment that has a dispatch to run beside. */
export function takesTwoBatches({ ops }: Pick<Segment, 'ops'>): boolean {
  return ops.some((op) => op.kind === 'all-to-all' && op.pattern === 'dispatch')
}

/** Lanes of a segment even where nothing overlaps: a side stream that is empty. */
function allLanes({ ops }: Segment, overlaps: readonly Overlap[]): Lanes {
  const place = new Map(ops.map((op, i) => [op.name, i]))
  return lanesOf(ops, () => ops.map((op) => op.after.flatMap((a) => place.get(a.op) ?? [])), overlaps, true)!
}

function told({ ops }: Segment, times: readonly number[], spans: Spans): readonly Span[] {
  const found = new Set(critical(spans, spans.ends.length))
  return Array.from(spans.ends, (end, i) => {
    const n = i % ops.length
    return { op: ops[n]!, start: end - times[n]!, end, critical: found.has(i) }
  })
}

/**
 * Longest path through a graph: segments follow each other, each as long as its critical ops. Seconds. `halves`: seconds of the ops in
 * a batch of half the step, where the engine cuts this one in two.
 */
export function longestPath(graph: Graph, seconds: Seconds, overlaps: readonly Overlap[], halves?: Seconds): number {
  const path = (spans: readonly Span[]) => spans.reduce((sum, span) => (span.critical ? sum + span.end - span.start : sum), 0)
  return graph.segments.reduce((total, segment) => {
    if (halves !== undefined && takesTwoBatches(segment)) return total + path(twoBatchSpans(segment, halves, overlaps))
    return total + segment.repeat * path(spansOf(segment, seconds, overlaps))
  }, 0)
}
