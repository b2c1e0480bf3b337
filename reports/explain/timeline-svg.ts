import type { PhaseExplanation, SegmentExplanation, StageExplanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { clip } from './svg-text.ts'
import { timeAxis } from './time-axis.ts'
import { printShare } from './words.ts'

/** Pixels. */
const size = { width: 1200, left: 128, right: 24, top: 8, lane: 24, gap: 3, stage: 10 } as const

/**
 * One step through all stages, to scale: two lanes per stage, a block per run of equal layers, filled as high as the lane is busy
 * within it; what the GPUs wait for the host comes last.
 */
export function timelineSvg(phase: PhaseExplanation): Html {
  const most = phase.seconds + phase.host
  const width = size.width - size.left - size.right
  const x = (seconds: number) => size.left + (width * seconds) / most
  let [start, y] = [0, size.top]
  const stages = phase.stages.map((stage) => {
    const drawn = stageLanes(stage, start, y, x)
    start += stage.seconds
    y += 2 * size.lane + size.gap + size.stage
    return drawn
  })
  const bottom = y - size.stage
  const host = phase.host > 0 ? hostBlock(phase, bottom, x) : html``
  const label = `One ${phase.phase} step of ${time(most)} through ${phase.stages.length} stages`
  return html`<svg class="timeline" viewBox="0 0 ${size.width} ${bottom + 26}" width="${size.width}" height="${bottom + 26}" role="img" aria-label="${label}">
${timeAxis({ left: size.left, width, top: size.top, bottom, most })}
${stages}
${host}
</svg>`
}

type Scale = (seconds: number) => number

const lanes = ['compute', 'network'] as const

function stageLanes({ stage, segments }: StageExplanation, from: number, top: number, x: Scale): Html {
  const rows = lanes.map((lane, i) => {
    const y = top + i * (size.lane + size.gap)
    let start = from
    const blocks = segments.map((segment) => {
      const block = segmentBlock(segment, lane, { from: x(start), to: x(start + segment.repeat * segment.seconds), y })
      start += segment.repeat * segment.seconds
      return block
    })
    const name = i === 0 ? html`<text x="4" y="${y + 16}">stage ${stage}</text>` : html``
    return html`<g class="lane">${name}<text x="${size.left - 10}" y="${y + 16}" text-anchor="end">${lane}</text><rect x="${size.left}" y="${y}" width="${size.width - size.left - size.right}" height="${size.lane}"/></g>${blocks}`
  })
  return html`${rows}`
}

function segmentBlock(
  { title, repeat, seconds, ops }: SegmentExplanation,
  lane: (typeof lanes)[number],
  { from, to, y }: { readonly from: number; readonly to: number; readonly y: number },
): Html {
  const busy = seconds > 0 ? Math.min(1, ops.reduce((sum, op) => (op.lane === lane ? sum + op.seconds : sum), 0) / seconds) : 0
  const width = Math.max(0.5, to - from)
  const height = size.lane * busy
  const text = `${title}${repeat > 1 ? ` × ${repeat}` : ''}: ${lane === 'compute' ? `${time(repeat * seconds)}, ` : ''}${printShare(busy)} busy`
  const letters = Math.floor((width - 10) / 6.4)
  const label = letters < 5 ? html`` : html`<text x="${(from + 6).toFixed(1)}" y="${y + 16}">${clip(text, letters)}</text>`
  const tone = lane === 'compute' ? 'compute' : 'communication'
  return html`<g class="block ${tone}"><title>${text}</title><rect class="free" x="${from.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${size.lane}"/><rect class="busy" x="${from.toFixed(1)}" y="${(y + size.lane - height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"/>${label}</g>`
}

function hostBlock({ seconds, host }: PhaseExplanation, bottom: number, x: Scale): Html {
  const [from, to] = [x(seconds), x(seconds + host)]
  const text = `host: ${time(host)}`
  const letters = Math.floor((to - from - 10) / 6.4)
  const label = letters < 5 ? html`` : html`<text x="${(from + 6).toFixed(1)}" y="${size.top + 16}">${clip(text, letters)}</text>`
  return html`<g class="block overhead"><title>${text}, beside the GPUs' seconds</title><rect x="${from.toFixed(1)}" y="${size.top}" width="${Math.max(0.5, to - from).toFixed(1)}" height="${bottom - size.top}"/>${label}</g>`
}
