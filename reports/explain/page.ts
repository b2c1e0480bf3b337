import type { Explanation, PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { time } from '../explain-text/quantity.ts'
import { loadText } from '../explain-text/request.ts'
import { regimes } from '../explain-text/text.ts'
import type { Fact } from '../facts.ts'
import { type Html, html, raw } from '../html.ts'
import { printNumber } from '../number.ts'
import { pageStyle } from '../page-style.ts'
import { answerCards } from './cards.ts'
import { graphSvg } from './graph-svg.ts'
import { helpTable } from './help-table.ts'
import { costliestSegment, layerSvg } from './layer-svg.ts'
import { graphLegend } from './legend.ts'
import { memoryTable } from './memory-table.ts'
import { opTable } from './op-table.ts'
import { requestBars } from './request-bars.ts'
import { explainStyle } from './style.ts'
import { timelineSvg } from './timeline-svg.ts'

/** What an explanation is of, as its page says it. */
export interface ExplainedPlan {
  readonly title: string
  /** The plan's key. */
  readonly plan: string
  readonly facts: readonly Fact[]
  readonly notes: readonly string[]
  readonly explanation: Explanation
}

/** Tells a page of ours, which may be replaced, from other files. */
export const pageMark = '<meta name="generator" content="fleetfront explain">'

/** One self-contained page without a script: nothing is requested, everything from the study is escaped. */
export function explainPage({ title, plan, facts, notes, explanation }: ExplainedPlan): string {
  const { phases, memory, request, whatHelps } = explanation
  const inOrder = phases.toReversed()
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
${raw(pageMark)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: ${plan}</title>
<style>${raw(pageStyle + explainStyle)}</style>
</head>
<body>
<header><h1>${title}</h1><code>${plan}</code>${totals(explanation)}</header>
<main>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${answerCards(explanation)}
<section><h2>The graph</h2><p>Every op of one step, exchanges included. What repeats is drawn once; hover for FLOPs, bytes, efficiency and evidence.</p>${graphLegend()}
${inOrder.map((phase) => figure(`${phaseTitle(phase)}${criticalNote(phase)}`, graphSvg(phase)))}</section>
<section><h2>The timeline</h2><p>To scale. A block is filled as high as its lane is busy. Beneath it one layer of the costliest kind, op by op, critical ops underlined.</p>
${inOrder.map((phase) => html`${figure(phaseTitle(phase), timelineSvg(phase))}${layerFigure(phase)}`)}</section>
<section><h2>Where the time goes</h2><p>One rank's ops; FLOPs and bytes are of one run.</p>
${inOrder.map((phase, i) => html`<details${raw(i === 0 ? ' open' : '')}><summary><b>${phaseTitle(phase)}</b></summary>${opTable(phase)}</details>`)}</section>
<section><h2>Where the memory goes</h2><p>GiB per GPU of each pipeline stage, by kind.</p>${memoryTable(memory)}</section>
<section><h2>What would help</h2><p>Each changed alone and the plan evaluated again; the bars share one scale, green is better.</p>${helpTable(whatHelps)}</section>
<section><h2>The life of a request</h2><p>Under ${loadText(request)}: ${regimes[request.regime]}.</p>${requestBars(request)}</section>
<section><h2>What this assumes</h2><dl>${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl></section>
</main>
</body>
</html>
`
  return page.text
}

function totals({ request, phases }: Explanation): Html {
  const figures: readonly Fact[] = [
    ['TTFT', known(request.ttft)],
    ['TPOT', known(request.tpot)],
    ['end to end', known(request.e2e)],
    ['output per GPU', `${printNumber(request.outputPerSecondPerGpu, 4)} tokens/s`],
    ...phases.map(({ phase, seconds, host }): Fact => [`${phase} step`, `${time(seconds)} + ${time(host)} host`]),
    ['weakest evidence', [...new Set(phases.map(({ pedigree }) => pedigree))].join(', ')],
  ]
  return html`<dl>${figures.map(([label, value]) => html`<div><dt>${label}</dt><dd><b>${value}</b></dd></div>`)}</dl>`
}

/** Of requests that wait ever longer nothing is known. */
function known(seconds: number | null): string {
  return seconds === null ? 'without end' : time(seconds)
}

const names = { prefill: 'Prefill', decode: 'Decode' } as const

/** `Decode: 32 sequences at 4500 tokens of context, 27.3 ms` */
function phaseTitle({ phase, tokens, sequences, context, seconds }: PhaseExplanation): string {
  const count = printNumber(sequences, phase === 'decode' ? 6 : 3)
  const work =
    phase === 'decode'
      ? `${tokens > sequences ? `${printNumber(tokens / sequences, 4)} tokens` : 'a token'} of each of ${count} sequences, ${printNumber(context, 5)} tokens in the cache of each`
      : `${printNumber(tokens, 6)} tokens of ${count} ${count === '1' ? 'prompt' : 'prompts'}`
  return `${names[phase]}: ${work}, ${time(seconds)}`
}

function criticalNote({ stages }: PhaseExplanation): string {
  const overlaps = stages.some(({ segments }) => segments.some(({ ops }) => ops.some((op) => !op.critical)))
  return overlaps ? '' : '; ops run one after another, so all are on the critical path'
}

function layerFigure(phase: PhaseExplanation): Html {
  const segment = costliestSegment(phase)
  const of = segment.repeat > 1 ? `one of ${segment.title}` : segment.title
  return figure(`${names[phase.phase]}, ${of}: ${time(segment.seconds)}`, layerSvg(segment))
}

function figure(caption: string, drawing: Html): Html {
  return html`<figure><figcaption>${caption}</figcaption><div class="figure">${drawing}</div></figure>`
}
