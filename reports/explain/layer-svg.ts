import type { OpExplanation, PhaseExplanation, SegmentExplanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { clip } from './svg-text.ts'
import { timeAxis } from './time-axis.ts'
import { describeOp } from './words.ts'

/** The segment that a phase spends most of its time in, all its runs and stages together. */
export function costliestSegment({ stages }: PhaseExplanation): SegmentExplanation {
  const all = stages.flatMap(({ segments }) => segments)
  const total = (name: string) => all.reduce((sum, s) => (s.name === name ? sum + s.repeat * s.seconds : sum), 0)
  return all.reduce((most, s) => (total(s.name) > total(most.name) ? s : most))
}

/** Pixels; lanes are high enough for the names of short ops to stand upright in them. */
const size = { width: 1200, left: 128, right: 24, top: 8, lane: 124, gap: 6 } as const

/**
 * One run of a segment, op by op, to scale: each op in its lane, coloured by its bound, critical ones underlined. Where two batches take
 * turns, both go through it (the second paler); what stands beside them is of the layers before and after.
 */
export function layerSvg(segment: SegmentExplanation): Html {
  const width = size.width - size.left - size.right
  const placed = segment.ops.flatMap((op) => [
    { op, ...spanOf(op), second: false },
    ...(op.second ? [{ op, ...op.second, second: true }] : []),
  ])
  const most = Math.max(segment.seconds, ...placed.map(({ end }) => end)) || 1
  const lanes = ['compute', 'network'] as const
  const bottom = size.top + lanes.length * size.lane + size.gap
  const rows = lanes.map((lane, i) => {
    const y = size.top + i * (size.lane + size.gap)
    const own = placed.filter(({ op, start, end }) => op.lane === lane && end > start)
    const blocks = own.map(({ op, start, end, second }) =>
      opBlock({ ...op, start, end }, second, size.left + (width * start) / most, (width * (end - start)) / most, y),
    )
    return html`<g class="lane"><text x="${size.left - 10}" y="${y + size.lane / 2}" text-anchor="end">${lane}</text><rect x="${size.left}" y="${y}" width="${width}" height="${size.lane}"/></g>${blocks}`
  })
  const waited = size.left + (width * (segment.seconds - segment.hostWait)) / most
  const host =
    segment.hostWait > 0
      ? html`<g class="block overhead"><title>waits ${time(segment.hostWait)} for the host to launch kernels</title><rect x="${waited.toFixed(1)}" y="${size.top}" width="${(size.left + width - waited).toFixed(1)}" height="${bottom - size.top}"/></g>`
      : html``
  const label = `One run of ${segment.title}: ${time(segment.seconds)}`
  return html`<svg class="timeline" viewBox="0 0 ${size.width} ${bottom + 26}" width="${size.width}" height="${bottom + 26}" role="img" aria-label="${label}">
${timeAxis({ left: size.left, width, top: size.top, bottom, most })}
${rows}
${host}
</svg>`
}

function spanOf({ start, end }: OpExplanation): { readonly start: number; readonly end: number } {
  return { start, end }
}

function opBlock(op: OpExplanation, second: boolean, x: number, width: number, y: number): Html {
  const mark = op.critical
    ? html`<rect class="mark" x="${x.toFixed(1)}" y="${y + size.lane - 3}" width="${width.toFixed(1)}" height="3"/>`
    : html``
  return html`<g class="block ${op.bound}${op.critical ? ' critical' : ''}${second ? ' second' : ''}"><title>${second ? 'second batch: ' : ''}${describeOp(op).join('\n')}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width).toFixed(1)}" height="${size.lane}"/>${mark}${nameIn(op, x, width, y)}</g>`
}

/** Across where there is room, upright where it is narrow, nothing where even that would not fit. */
function nameIn({ name, start, end }: OpExplanation, x: number, width: number, y: number): Html {
  const across = Math.floor((width - 10) / 6.8)
  if (across >= name.length) {
    const long = time(end - start)
    const below = long.length <= across ? html`<text x="${(x + 6).toFixed(1)}" y="${y + 32}">${long}</text>` : html``
    return html`<text x="${(x + 6).toFixed(1)}" y="${y + 17}">${name}</text>${below}`
  }
  if (width < 13) return html``
  const [cx, cy] = [(x + width / 2 + 4).toFixed(1), y + size.lane - 9]
  return html`<text transform="translate(${cx} ${cy}) rotate(-90)">${clip(name, 17)}</text>`
}
