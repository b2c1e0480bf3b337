import type { Part, RequestExplanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { printShare } from './words.ts'

/** What a request's TTFT and TPOT are made of. */
export function requestBars({ ttft, tpot, ttftParts, tpotParts }: RequestExplanation): Html {
  return html`<div class="cards">${partsOf('Time to first token', ttft, ttftParts)}${partsOf('Time per output token', tpot, tpotParts)}</div>`
}

function partsOf(title: string, whole: number | null, parts: readonly Part[]): Html {
  if (whole === null) return html`<article><h3>${title}: grows without end</h3></article>`
  const rows = parts.map(({ name, seconds }) => {
    const share = whole > 0 ? seconds / whole : 0
    return html`<tr><td>${name}</td><td>${time(seconds)}</td><td class="bar-cell"><span class="bar" style="width: ${Math.round(64 * share)}px"></span> ${printShare(share)}</td></tr>`
  })
  return html`<article><h3>${title}: ${time(whole)}</h3><table><tbody>${rows}</tbody></table></article>`
}
