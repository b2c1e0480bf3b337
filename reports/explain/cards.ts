import type { Explanation, PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { hostWaits } from '../explain-text/phase-ops.ts'
import { change, memory as gib, time } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { printGrouped } from '../number.ts'
import { bestHelp, exchanges, helpColumns, memoryNames, slowestOp, usedBytes, whySlow } from './answers.ts'
import { memoryStack } from './memory-table.ts'
import { printShare } from './words.ts'

/** The four questions that a plan is asked, answered on the first screen. */
export function answerCards(explanation: Explanation): Html {
  const phases = explanation.phases.toReversed()
  return html`<section class="cards answers" aria-label="Answers">
<article id="slowest"><h3>Slowest op, and why</h3>${phases.map(slowest)}</article>
<article id="communicates"><h3>What communicates where</h3>${phases.map(communicates)}</article>
<article id="helps"><h3>What would help most</h3>${helpColumns.map((column) => helps(explanation, column))}<p>Of 10 % more of each, or 10 % less overhead, alone.</p></article>
<article id="binds"><h3>Which memory term binds</h3>${binds(explanation)}</article>
</section>`
}

function slowest(phase: PhaseExplanation): Html {
  const { op, share, seconds } = slowestOp(phase)
  const title = html`<h4>${phase.phase} step: ${time(phase.seconds)}</h4>`
  const waits = hostWaits(phase)
  if (waits > seconds) {
    return html`${title}<p class="answer">no op but the host <b>${printShare(waits / phase.seconds)}</b></p>
<p>${time(waits)} in all: it launches kernels more slowly than they run, and no captured graph covers the step.</p>`
  }
  return html`${title}<p class="answer">${op.name} <b>${printShare(share)}</b></p>
<p>${time(seconds)} in all, <b class="bound-${op.bound}">${op.bound}-bound</b>: ${whySlow(op)}.</p>`
}

/** Exchanges of a phase listed on its card; the rest is in the table of ops. */
const mostListed = 3

function communicates(phase: PhaseExplanation): Html {
  const all = exchanges(phase)
  const sum = (part: 'seconds' | 'share' | 'hidden') => all.reduce((total, e) => total + e[part], 0)
  if (all.length === 0) return html`<h4>${phase.phase}</h4><p class="answer">nothing</p>`
  const lines = all.slice(0, mostListed).map(({ what, seconds: each }) => html`<li><span>${what}</span><b>${time(each)}</b></li>`)
  const rest = all.slice(mostListed).reduce((sum, e) => sum + e.seconds, 0)
  const more = all.length > mostListed ? html`<li><span>${all.length - mostListed} more</span><b>${time(rest)}</b></li>` : html``
  const beside = sum('hidden') > 0 ? html`<p>${time(sum('hidden'))} more beside other work.</p>` : html``
  return html`<h4>${phase.phase} step</h4><p class="answer">${time(sum('seconds'))} <b>${printShare(sum('share'))}</b></p><ul>${lines}${more}</ul>${beside}`
}

function helps(explanation: Explanation, { name, title, sign }: (typeof helpColumns)[number]): Html {
  const best = bestHelp(explanation, name, sign)
  const answer = best === undefined ? html`nothing here` : html`${best.name} <b>${change(best.change)}</b>`
  return html`<h4>${title}</h4><p class="answer">${answer}</p>`
}

function binds({ memory }: Explanation): Html {
  const stage = memory.stages[memory.fullest]
  const bytes = stage.terms[memory.binds]
  const where = memory.stages.length > 1 ? `stage ${stage.stage}'s GPUs` : 'each GPU'
  const fits = `${gib(memory.headroom)} free; a replica has room for ${wholeNumber(memory.kvCapacityTokens)} tokens of KV and a batch of ${wholeNumber(memory.largestBatch)}.`
  return html`<h4>fullest: ${where}</h4><p class="answer">${memoryNames[memory.binds]} <b>${gib(bytes)}</b></p>
${memoryStack(memory, stage)}<p>${printShare(bytes / memory.capacity)} of ${gib(memory.capacity)} (${memory.capacityBasis}); all kinds together ${gib(usedBytes(stage.terms))}.</p>
<p>${memory.verdict === null ? fits : `Does not fit: ${memory.verdict}`}</p>`
}

/** A model whose state does not grow has room for any number. */
function wholeNumber(value: number): string {
  return Number.isFinite(value) ? printGrouped(Math.floor(value)) : 'any number'
}
