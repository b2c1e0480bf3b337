import type { Help } from '../../cost-model/explain/explanation.ts'
import { change as printed } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { helpColumns } from './answers.ts'

/** What ten percent more of each thing would change, as signed bars: to the right of the line is more, green is better. */
export function helpTable(helps: readonly Help[]): Html {
  const most = Math.max(...helps.flatMap(({ changes }) => Object.values(changes).map(Math.abs)))
  const rows = helps.map(({ name, changes }) => {
    const cells = helpColumns.map(({ name: column, sign }) => html`<td>${signedBar(changes[column], sign, most)}</td>`)
    return html`<tr><td>${name}</td>${cells}</tr>`
  })
  const heads = helpColumns.map(({ title }) => html`<th>${title}</th>`)
  return html`<div class="wide"><table class="helps"><thead><tr><th>10 % more, or less overhead</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`
}

function signedBar(change: number | undefined, sign: 1 | -1, most: number): Html {
  if (change === undefined) return html``
  const width = most > 0 ? Math.round((68 * Math.abs(change)) / most) : 0
  const bar = html`<i class="${sign * change > 0 ? 'good' : 'bad'}" style="width: ${width}px"></i>`
  return html`<span class="signed"><span>${printed(change)}</span><span class="minus">${change < 0 ? bar : html``}</span><span class="plus">${change > 0 ? bar : html``}</span></span>`
}
