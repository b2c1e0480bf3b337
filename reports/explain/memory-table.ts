import type { MemoryExplanation, MemoryStage } from '../../cost-model/explain/explanation.ts'
import { memory as gib } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { memoryNames, usedBytes } from './answers.ts'
import { printShare } from './words.ts'

type Term = keyof MemoryStage['terms']

const terms = Object.keys(memoryNames) as readonly Term[]

/** Kinds in the order they are stacked, each in a colour of its own (Okabe and Ito 2008, two shades of grey besides). */
const colours: Readonly<Record<Term, string>> = {
  weights: '#0072b2',
  kv: '#e69f00',
  state: '#cc79a7',
  activations: '#009e73',
  graphs: '#56b4e9',
  nonTorch: '#d55e00',
  communication: '#f0e442',
  reserve: '#8c959f',
}

/** One GPU's memory as a bar, as long as the GPU's memory; what does not fit fills all of it. */
export function memoryStack({ capacity }: MemoryExplanation, stage: MemoryStage): Html {
  const whole = Math.max(capacity, usedBytes(stage.terms))
  const parts = terms
    .filter((term) => stage.terms[term] > 0)
    .map((term) => {
      const title = `${memoryNames[term]}: ${gib(stage.terms[term])}`
      const width = ((100 * stage.terms[term]) / whole).toFixed(2)
      return html`<span title="${title}" style="width: ${width}%; background: ${colours[term]}"></span>`
    })
  const label = `${printShare(usedBytes(stage.terms) / capacity)} of the memory used`
  return html`<div class="stack" role="img" aria-label="${label}">${parts}</div>`
}

/** Bytes per GPU by kind, a row per stage. */
export function memoryTable(memory: MemoryExplanation): Html {
  const shown = terms.filter((term) => memory.stages.some((stage) => stage.terms[term] > 0))
  const heads = shown.map((term) => html`<th style="border-bottom: 3px solid ${colours[term]}">${memoryNames[term]}</th>`)
  const rows = memory.stages.map((stage, i) => {
    const used = usedBytes(stage.terms)
    const cells = shown.map(
      (term) => html`<td class="${i === memory.fullest && term === memory.binds ? 'highlight' : ''}">${inGib(stage.terms[term])}</td>`,
    )
    const name = `stage ${stage.stage}${i === memory.fullest && memory.stages.length > 1 ? ' (fullest)' : ''}`
    return html`<tr><td>${name}</td><td>${stage.layers}</td>${cells}<td>${inGib(used)}</td><td>${inGib(memory.capacity - used)}</td><td class="bar-cell">${memoryStack(memory, stage)}</td></tr>`
  })
  return html`<div class="wide"><table class="memory"><thead><tr><th>GPUs of</th><th>layers</th>${heads}<th>together</th><th>free</th><th class="bar-cell">of ${gib(memory.capacity)}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Digits that add up by eye. */
function inGib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2)
}
