import type { OpExplanation, PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { flop, time, traffic } from '../explain-text/quantity.ts'
import { type Html, html } from '../html.ts'
import { type DrawnOp, type DrawnSegment, drawnStages } from './drawn.ts'
import { describeExchange, describeOp, printShare } from './words.ts'

const heads = ['op', 'one run', 'all runs', 'share', 'bound', 'FLOPs', 'HBM', 'sent', 'efficiency', 'evidence'] as const

/** Where a phase's time goes: stages, their segments, the ops of each. */
export function opTable(phase: PhaseExplanation): Html {
  const stages = drawnStages(phase)
  const most = Math.max(...stages.flatMap((s) => s.segments.flatMap(({ ops }) => ops.map(({ share }) => share))))
  const body = stages.flatMap(({ title, count, segments }) => segments.map((segment) => groupRows(segment, title, count, phase, most)))
  return html`<div class="wide"><table class="ops"><thead><tr>${heads.map((head) => html`<th class="${head === 'share' ? 'bar-cell' : ''}">${head}</th>`)}</tr></thead>${body}</table></div>`
}

function groupRows(
  { title, repeat, seconds, hostWait, ops }: DrawnSegment,
  stage: string,
  count: number,
  phase: PhaseExplanation,
  most: number,
): Html {
  const all = count * repeat * seconds
  const name = `${stage}${count > 1 ? ` × ${count}` : ''}, ${title}${repeat > 1 ? ` × ${repeat}` : ''}`
  const share = phase.seconds > 0 ? printShare(all / phase.seconds) : ''
  const host =
    hostWait > 0
      ? html`<tr class="overhead"><td>wait for the host<small> no captured graph covers the step</small></td><td>${time(hostWait)}</td><td>${time(count * repeat * hostWait)}</td><td class="bar-cell">${printShare((count * repeat * hostWait) / phase.seconds)}</td><td class="bound-overhead">overhead</td><td colspan="5"></td></tr>`
      : html``
  return html`<tbody><tr class="group"><td>${name}</td><td>${time(seconds)}</td><td>${time(all)}</td><td class="bar-cell">${share}</td><td colspan="6"></td></tr>
${ops.map((op) => opRow(op, count * repeat, most))}${host}</tbody>`
}

function opRow({ op, share }: DrawnOp, runs: number, most: number): Html {
  const width = most > 0 ? Math.round((64 * share) / most) : 0
  const kind = op.exchange === undefined ? (op.name.endsWith(op.kind) ? '' : ` ${op.kind}`) : ` ${describeExchange(op)}`
  return html`<tr class="${op.bound}" title="${describeOp(op).join('\n')}"><td>${op.name}<small>${kind}</small></td><td>${time(op.seconds)}</td><td>${time(runs * op.seconds)}</td><td class="bar-cell"><span class="bar" style="width: ${width}px"></span> ${printShare(share)}</td><td class="bound-${op.bound}">${op.bound}</td><td>${op.flops > 0 ? flop(op.flops) : ''}</td><td>${op.read + op.write > 0 ? traffic(op.read + op.write) : ''}</td><td>${op.sent > 0 ? traffic(op.sent) : ''}</td><td>${printEfficiency(op)}</td><td>${op.pedigree}</td></tr>`
}

/** Of what the op waits for. */
function printEfficiency({ efficiency, bound }: OpExplanation): string {
  if (efficiency === undefined || bound === 'communication') return ''
  return bound === 'compute' ? `${printShare(efficiency.compute)} of ${efficiency.math}` : `${printShare(efficiency.memory)} of HBM`
}
