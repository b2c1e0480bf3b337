import { type Html, html } from '../html.ts'
import { printNumber } from '../number.ts'

/** A line over an axis, both linear from 0. */
export interface Chart {
  readonly title: string
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly xUnit: string
  readonly color: string
}

const [width, height] = [460, 190]
const [left, right, top, bottom] = [56, 12, 10, 34]

/** An SVG that needs no script. */
export function chart({ title, x, y, xUnit, color }: Chart): Html {
  const most = { x: Math.max(...x, Number.MIN_VALUE), y: niceMost(Math.max(...y)) }
  const px = (value: number) => (left + ((width - left - right) * value) / most.x).toFixed(1)
  const py = (value: number) => (height - bottom - ((height - top - bottom) * value) / most.y).toFixed(1)
  const points = x.map((value, i) => `${px(value)},${py(y[i])}`).join(' ')
  const across = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * most.x
    return html`<text x="${px(value)}" y="${height - 14}" text-anchor="${share === 1 ? 'end' : 'middle'}">${printNumber(value, 3)}</text>`
  })
  const up = [0, 0.5, 1].map((share) => {
    const at = py(share * most.y)
    return html`<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/><text x="${left - 6}" y="${Number(at) + 4}" text-anchor="end">${printNumber(share * most.y, 3)}</text>`
  })
  return html`<figure><figcaption>${title}</figcaption><svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<g class="axis">${up}${across}<text x="${width - right}" y="${height - 2}" text-anchor="end">${xUnit}</text></g>
<polyline points="${points}" style="stroke: var(--${color})"/></svg></figure>`
}

/** The next of 1, 2 and 5 times a power of ten. */
function niceMost(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find((digit) => digit * power >= value * (1 - 1e-9)) ?? 10) * power
}
