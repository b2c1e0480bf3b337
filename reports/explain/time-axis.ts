import { time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'

/** Round times from 0 to `most` (1, 2 or 5 times a power of ten apart), at most `count` steps. Seconds. */
export function timeTicks(most: number, count = 10): readonly number[] {
  if (!(most > 0)) return [0]
  const rough = most / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((digit) => digit * power >= rough * (1 - 1e-9)) ?? 10) * power
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step)
}

export interface Axis {
  /** Pixels: where time 0 is, how wide `most` seconds are, from where to where down the grid lines go. */
  readonly left: number
  readonly width: number
  readonly top: number
  readonly bottom: number
  readonly most: number
}

export function timeAxis({ left, width, top, bottom, most }: Axis): Html {
  const ticks = timeTicks(most).map((tick) => {
    const x = (left + (width * tick) / most).toFixed(1)
    return html`<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 17}" text-anchor="middle">${tick === 0 ? 0 : time(tick)}</text>`
  })
  return html`<g class="axis">${ticks}</g>`
}
