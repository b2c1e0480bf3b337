import { type Html, html, raw } from '../html.ts'

const swatch = (inside: string, kind = '') =>
  raw(`<svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true"><g class="op ${kind}" style="--heat: 20%">${inside}</g></svg>`)
const box = '<rect class="body" x="1" y="1" width="32" height="12" rx="3"/>'
const cut = '<polygon class="body" points="5,1 29,1 33,5 33,9 29,13 5,13 1,9 1,5"/>'
const line = (kinds: string) => `<path class="edge ${kinds}" d="M1 7H33"/>`

const entries: readonly (readonly [Html, string])[] = [
  [swatch(box, 'compute'), 'waits for arithmetic'],
  [swatch(box, 'memory'), 'waits for HBM'],
  [swatch(cut, 'communication'), 'exchange: waits for a link'],
  [swatch(box, 'overhead'), 'mostly the floor of an empty kernel'],
  [swatch(box, 'control overhead'), 'control: routing, KV update'],
  [swatch(line('data plain')), 'data'],
  [swatch(line('pipeline plain')), 'next stage'],
  [swatch(line('sync plain')), 'synchronisation'],
  [swatch(line('data critical')), 'critical path'],
]

/** What shapes, colours and lines of the graph mean. */
export function graphLegend(): Html {
  return html`<ul class="legend">${entries.map(([sample, meaning]) => html`<li>${sample}${meaning}</li>`)}</ul>`
}
