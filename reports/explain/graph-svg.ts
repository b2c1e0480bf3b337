import type { PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { type DrawnOp, drawnEdges, drawnStages } from './drawn.ts'
import { type Box, type GraphLayout, layoutGraph, type Point } from './graph-layout.ts'
import { clip } from './svg-text.ts'
import { describeExchange, describeOp, printShare } from './words.ts'

/** The op graph of one phase: what repeats or is alike once, in boxes; nodes by bound, edges by why, the critical path marked. */
export function graphSvg(phase: PhaseExplanation): Html {
  const stages = drawnStages(phase)
  const layout = layoutGraph(stages, drawnEdges(stages))
  const overlaps = layout.ops.some(({ drawn }) => !drawn.op.critical)
  const most = Math.max(...layout.ops.map(({ drawn }) => drawn.share))
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)]
  const label = `Op graph of ${phase.phase}: ${layout.ops.length} ops in ${layout.segments.length} segments`
  // Marker ids are unique in a page: it shows the graphs of both phases.
  const arrow = `arrow-${phase.phase}`
  return html`<svg class="graph${overlaps ? '' : ' serial'}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<defs>${['plain', 'critical'].map(
    (kind) =>
      html`<marker id="${arrow}-${kind}" class="arrow ${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5z"/></marker>`,
  )}</defs>
${layout.stages.map(({ stage, box }) => stageBox(stage, box, phase))}
${layout.segments.map(({ segment, box }) => segmentBox(segment, box))}
${layout.edges.map(({ edge, points }) => edgePath(edge, points, arrow))}
${layout.ops.map(({ drawn, box }) => opNode(drawn, box, most))}
</svg>`
}

function stageBox(
  { title, count, seconds }: GraphLayout['stages'][number]['stage'],
  { x, y, width, height }: Box,
  phase: PhaseExplanation,
): Html {
  const share = phase.seconds > 0 ? printShare((count * seconds) / phase.seconds) : ''
  const alike = count > 1 ? ` × ${count}, drawn once: ${time(seconds)} each` : `: ${time(seconds)}`
  return html`<g class="stage"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/><text x="${x + 30}" y="${y + 22}"><tspan class="name">${title}</tspan>${alike}, ${share} of ${phase.phase}</text></g>`
}

function segmentBox(
  { title, repeat, seconds, hostWait, ops }: GraphLayout['segments'][number]['segment'],
  { x, y, width, height }: Box,
): Html {
  const share = ops.reduce((sum, { op, share: part }) => (op.critical ? sum + part : sum), 0)
  const times = repeat > 1 ? `× ${repeat}: ${time(repeat * seconds)}` : time(seconds)
  const host = hostWait > 0 ? `, of it ${time(hostWait)} waiting for the host` : ''
  return html`<g class="segment"><title>${title}; one run ${time(seconds)}${host}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="7"/><text class="name" x="${x + 12}" y="${y + 18}">${title}</text><text class="times" x="${x + 12}" y="${y + 34}">${times}, ${printShare(share)}</text></g>`
}

const control = ['route', 'kv-update']

function opNode({ op, share }: DrawnOp, box: Box, most: number): Html {
  const { x, y, width, height } = box
  const network = op.lane === 'network'
  const kind = network ? 'network' : control.includes(op.kind) ? 'control' : 'compute'
  const lines = network ? [clip(describeExchange(op), 30)] : []
  const times = op.seconds > 0 ? `${time(op.seconds)} · ${printShare(share)}` : 'free'
  const heat = most > 0 ? Math.round(7 + 25 * (share / most)) : 7
  const bar = most > 0 ? Math.max(0, (width - 28) * (share / most)) : 0
  const right =
    network || op.seconds === 0 ? html`` : html`<text class="bound" x="${x + width - 12}" y="${y + height - 11}">${op.bound}</text>`
  return html`<g class="op ${kind} ${op.bound}${op.critical ? ' critical' : ''}" style="--heat: ${heat}%"><title>${describeOp(op).join('\n')}</title>${outline(box, network)}<text class="name" x="${x + 14}" y="${y + 17}">${clip(op.name, 23)}</text>${lines.map(
    (line) => html`<text class="exchange" x="${x + 14}" y="${y + 32}">${line}</text>`,
  )}<text class="times" x="${x + 14}" y="${y + height - 11}">${times}</text>${right}<rect class="share" x="${x + 14}" y="${y + height - 6}" width="${bar.toFixed(1)}" height="2.5"/></g>`
}

/** Network ops have their corners cut, so that they tell apart without colour. */
function outline({ x, y, width, height }: Box, network: boolean): Html {
  if (!network) return html`<rect class="body" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`
  const [right, bottom, cut] = [x + width, y + height, 10]
  const corners = [
    [x + cut, y],
    [right - cut, y],
    [right, y + cut],
    [right, bottom - cut],
    [right - cut, bottom],
    [x + cut, bottom],
    [x, bottom - cut],
    [x, y + cut],
  ]
  return html`<polygon class="body" points="${corners.map((p) => p.join()).join(' ')}"/>`
}

function edgePath({ why, critical }: GraphLayout['edges'][number]['edge'], points: readonly Point[], arrow: string): Html {
  const kind = critical ? 'critical' : 'plain'
  return html`<path class="edge ${why} ${kind}" d="${roundedPath(points)}" marker-end="url(#${arrow}-${kind})"/>`
}

/** A line through points with its corners rounded. */
function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.pop() as Point
  const show = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`
  const corners = rest.map((corner, i) => {
    const [before, after] = [i === 0 ? first : rest[i - 1], rest[i + 1] ?? last]
    return `L${show(towards(corner, before))}Q${show(corner)} ${show(towards(corner, after))}`
  })
  return `M${show(first)}${corners.join('')}L${show(last)}`
}

/** At most 7 pixels from a corner towards a neighbour, never past half the way. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const part = length === 0 ? 0 : Math.min(7, length / 2) / length
  return { x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) }
}
