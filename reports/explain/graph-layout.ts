import { Graph, layout } from '@dagrejs/dagre'
import type { DrawnEdge, DrawnOp, DrawnSegment, DrawnStage } from './drawn.ts'
import { foldColumns } from './fold.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface GraphLayout {
  readonly width: number
  readonly height: number
  readonly stages: readonly { readonly stage: DrawnStage; readonly box: Box }[]
  readonly segments: readonly { readonly segment: DrawnSegment; readonly box: Box }[]
  /** `column`: left edge of the column that it stands in. */
  readonly ops: readonly { readonly drawn: DrawnOp; readonly box: Box; readonly column: number }[]
  readonly edges: readonly { readonly edge: DrawnEdge; readonly points: readonly Point[] }[]
}

/** Pixels. */
const node = { width: 188, height: 42, networkHeight: 57 } as const
const heading = { stage: 34, segment: 57 } as const
const gap = { column: 30, segment: 30, row: 30, stage: 26, pad: 12 } as const
/** Of a segment's title, in which it always fits. */
const letterWidth = 7.2
/** A row of segments wider than this goes on below. */
const widest = 1380

interface Placed {
  readonly width: number
  readonly height: number
  readonly ops: GraphLayout['ops']
  readonly edges: GraphLayout['edges']
}

/** Stages below each other, their segments beside each other, and dagre (Gansner et al. 1993) inside. Pixels. */
export function layoutGraph(stages: readonly DrawnStage[], edges: readonly DrawnEdge[]): GraphLayout {
  const drawn: { -readonly [K in 'stages' | 'segments' | 'ops' | 'edges']: GraphLayout[K][number][] } = {
    stages: [],
    segments: [],
    ops: [],
    edges: [],
  }
  let y = 0
  for (const stage of stages) {
    const top = y
    let [right, x, rowHeight] = [0, gap.segment, 0]
    y += heading.stage
    for (const segment of stage.segments) {
      const inside = placeSegment(segment, edges)
      const width = Math.max(inside.width, letterWidth * segment.title.length) + 2 * gap.pad
      const height = inside.height + heading.segment + gap.pad
      if (x > gap.segment && x + width > widest) {
        y += rowHeight + gap.row
        ;[x, rowHeight] = [gap.segment, 0]
      }
      drawn.segments.push({ segment, box: { x, y, width, height } })
      const at = { x: x + gap.pad, y: y + heading.segment }
      drawn.ops.push(
        ...inside.ops.map((op) => ({ ...op, box: { ...op.box, x: op.box.x + at.x, y: op.box.y + at.y }, column: op.column + at.x })),
      )
      drawn.edges.push(...inside.edges.map(({ edge, points }) => ({ edge, points: points.map((p) => ({ x: p.x + at.x, y: p.y + at.y })) })))
      x += width + gap.segment
      right = Math.max(right, x)
      rowHeight = Math.max(rowHeight, height)
    }
    y += rowHeight + gap.pad
    drawn.stages.push({ stage, box: { x: 0, y: top, width: right, height: y - top } })
    y += gap.stage
  }
  const width = Math.max(...drawn.stages.map(({ box }) => box.width))
  const bands = drawn.stages.map(({ stage, box }) => ({ stage, box: { ...box, width } }))
  const across = edgesAcross(edges, drawn.ops, drawn.segments, new Set(drawn.edges.map(({ edge }) => edge)))
  return { ...drawn, stages: bands, edges: [...drawn.edges, ...across], width, height: y - gap.stage }
}

/** Columns of a segment beside each other. */
function placeSegment(segment: DrawnSegment, edges: readonly DrawnEdge[]): Placed {
  const columns = foldColumns(segment.ops).map((ops) => placeColumn(ops, edges))
  let x = 0
  const shifted = columns.map(({ width, ops, edges: inside }) => {
    const left = x
    x += width + gap.column
    return {
      ops: ops.map(({ drawn, box }) => ({ drawn, box: { ...box, x: box.x + left }, column: left })),
      edges: inside.map(({ edge, points }) => ({ edge, points: points.map((p) => ({ x: p.x + left, y: p.y })) })),
    }
  })
  return {
    width: x - gap.column,
    height: Math.max(...columns.map((c) => c.height)),
    ops: shifted.flatMap((c) => c.ops),
    edges: shifted.flatMap((c) => c.edges),
  }
}

function placeColumn(ops: readonly DrawnOp[], edges: readonly DrawnEdge[]): Placed {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 20, marginx: 0, marginy: 0 })
  for (const { id, op } of ops) graph.setNode(id, { width: node.width, height: op.lane === 'network' ? node.networkHeight : node.height })
  const inside = edges.filter(({ from, to }) => graph.hasNode(from) && graph.hasNode(to))
  for (const { from, to } of inside) graph.setEdge(from, to, {})
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    ops: ops.map((drawn) => {
      const { x = 0, y = 0, width: w = 0, height: h = 0 } = graph.node(drawn.id)
      return { drawn, box: { x: x - w / 2, y: y - h / 2, width: w, height: h }, column: 0 }
    }),
    edges: inside.map((edge) => ({ edge, points: graph.edge(edge.from, edge.to).points ?? [] })),
  }
}

/** Edges from one column or segment to the next: below the producer, up (or down) the gutter before the consumer, into it from above. */
function edgesAcross(
  edges: readonly DrawnEdge[],
  ops: GraphLayout['ops'],
  segments: GraphLayout['segments'],
  done: ReadonlySet<DrawnEdge>,
): GraphLayout['edges'] {
  const placed = new Map(ops.map((op) => [op.drawn.id, op]))
  const around = (id: string) => segments.find(({ segment }) => id.startsWith(`${segment.id}/`))?.box
  return edges.flatMap((edge) => {
    const [from, to] = [placed.get(edge.from)?.box, placed.get(edge.to)?.box]
    const [own, other] = [around(edge.from), around(edge.to)]
    if (done.has(edge) || !from || !to || !own || !other) return []
    const [start, end] = [
      { x: from.x + from.width / 2, y: from.y + from.height },
      { x: to.x + to.width / 2, y: to.y },
    ]
    // Inside a segment the columns' gutter, else the one left of the next segment; a segment in a row below is reached under its row.
    const gutter = own === other ? (placed.get(edge.to)?.column ?? 0) - gap.column / 2 : other.x - gap.segment / 2
    const band = edge.why === 'pipeline' && own !== other ? heading.stage + gap.stage / 2 : gap.row / 2
    const under = other.y > own.y ? other.y - band : from.y + from.height + 9
    return [
      {
        edge,
        points: [start, { x: start.x, y: under }, { x: gutter, y: under }, { x: gutter, y: to.y - 11 }, { x: end.x, y: to.y - 11 }, end],
      },
    ]
  })
}
