import type { OpExplanation, PhaseExplanation, SegmentExplanation } from '../../cost-model/explain/explanation.ts'
import type { Pool } from '../../spaces/fleet.ts'
import { printNumber } from '../number.ts'
import { printTable, type TableColumn } from '../table.ts'
import { communication, linkName, slowestOp } from './answers.ts'
import { type AlikeStages, alikeStages, distinctSegments, hostWaits, opsBySize, type PlacedOp, runsOf } from './phase-ops.ts'
import { flop, percent, time, traffic } from './quantity.ts'
import { wrapped } from './wrap.ts'

/** Ops and stages that are shown unless all are asked for. */
const [mostOps, mostStages] = [5, 4]
/** Segments with a smaller share of the phase are not shown, unless all ops are. */
const smallest = 0.01

/** One step of a phase: what it is, the answers, then stages, segments and ops with their times. */
export function phaseLines(phase: PhaseExplanation, pool: Pool, all: boolean): readonly string[] {
  return [
    ...wrapped(headline(phase), 2),
    ...wrapped(`slowest op     ${slowestOp(phase, pool)}`, 15),
    ...communication(phase, pool).flatMap((line, i) => wrapped(`${i === 0 ? 'communication' : '             '}  ${line}`, 15)),
    ...tree(phase, pool, all),
  ]
}

function headline(phase: PhaseExplanation): string {
  const { tokens, sequences, context, seconds, host, period, stages } = phase
  const count = (value: number, noun: string) => `${printNumber(value, 4)} ${noun}${value === 1 ? '' : 's'}`
  const behind = context > 0 ? ` behind ${count(context, 'cached token')}` : ''
  const of =
    phase.phase === 'prefill'
      ? `${count(tokens, 'token')} of ${count(sequences, 'prompt')}${behind}`
      : `${count(sequences, 'request')}, ${tokens > sequences ? printNumber(tokens / sequences, 4) + ' tokens' : 'one token'} each${behind === '' ? '' : ','}${behind}`
  const waits = hostWaits(phase)
  const beside = waits > 0 ? ` (${time(waits)} of it for launches)` : ''
  const slowest = stages.length > 1 ? `; a step every ${time(period)} through ${stages.length} stages` : ''
  return `${phase.phase.toUpperCase()} step of ${of}: ${time(seconds)} on the GPUs${beside} + ${time(host)} host${slowest}`
}

const header: readonly TableColumn[] = [
  { heading: '', align: 'left' },
  ...['time', 'share', 'waits for', 'FLOP', 'HBM', 'sent', 'reaches'].map((heading) => ({ heading, align: 'right' as const })),
  { heading: 'evidence', align: 'left' },
]

function tree(phase: PhaseExplanation, pool: Pool, all: boolean): readonly string[] {
  const ops = opsBySize(phase)
  const shown = all ? ops : ops.slice(0, mostOps)
  const indent = phase.stages.length > 1 ? '    ' : '  '
  const rows = new Map(shown.map((placed) => [placed.op, opRow(placed, pool, indent)]))
  const [headings, ...lines] = printTable(header, [...rows.values()]).split('\n')
  const lineOf = new Map([...rows.keys()].map((op, i) => [op, lines[i]!]))
  const own = new Set(distinctSegments(phase))
  const groups = alikeStages(phase)
  const kept = all ? groups : slowestGroups(groups)
  const shownOps = (segment: SegmentExplanation) => (own.has(segment) ? segment.ops : []).flatMap((op) => lineOf.get(op) ?? [])
  const body = kept.flatMap((group) => {
    const segments = group.stage.segments.flatMap((segment) => {
      const lines = shownOps(segment)
      const small = segment.repeat * segment.seconds < smallest * phase.seconds
      const all = runsOf(phase, segment)
      const note = lines.length > 0 && all > segment.repeat ? ` (shares below: of all ${all} alike)` : ''
      return small && lines.length === 0 ? [] : [{ text: segmentText(segment, phase) + note, lines }]
    })
    if (phase.stages.length === 1) return segments.flatMap(({ text, lines }) => [text, ...lines])
    const [only, ...more] = segments
    if (only !== undefined && more.length === 0) return [`${stageText(group, phase)}; ${only.text}`, ...only.lines]
    return [stageText(group, phase), ...segments.flatMap(({ text, lines }) => [`  ${text}`, ...lines])]
  })
  const left = groups.length - kept.length
  return [headings!, ...body, ...(left > 0 ? [`${left} more kinds of stages, none slower`] : []), ...rest(ops, shown, phase)]
}

/** The slowest ones, in their order. */
function slowestGroups(groups: readonly AlikeStages[]): readonly AlikeStages[] {
  const slowest = groups.toSorted((a, b) => b.stage.seconds - a.stage.seconds).slice(0, mostStages)
  return groups.filter((group) => slowest.includes(group))
}

function rest(ops: readonly PlacedOp[], shown: readonly PlacedOp[], phase: PhaseExplanation): readonly string[] {
  const others = ops.slice(shown.length)
  if (others.length === 0) return []
  const seconds = others.reduce((sum, { total }) => sum + total, 0)
  return [`${others.length} other ops: ${time(seconds)}, ${percent(seconds / phase.seconds)} (--all shows them)`]
}

function stageText({ first, last, stage }: AlikeStages, phase: PhaseExplanation): string {
  const name = first === last ? `stage ${first}` : `stages ${first} to ${last} alike, each`
  return `${name}: ${time(stage.seconds)}, ${percent(stage.seconds / phase.seconds)}`
}

function segmentText({ title, repeat, seconds, hostWait }: SegmentExplanation, phase: PhaseExplanation): string {
  const total = repeat * seconds
  const times = repeat > 1 ? `${repeat} x ${time(seconds)} = ` : ''
  const wait = hostWait > 0 ? `, ${percent((repeat * hostWait) / phase.seconds)} waiting for launches` : ''
  return `${title}: ${times}${time(total)}, ${percent(total / phase.seconds)}${wait}`
}

/** Times, FLOP and bytes of one run on one rank; the share is of all runs, as far as nothing hides them. */
function opRow({ op, total }: PlacedOp, pool: Pool, indent: string): readonly string[] {
  const { name, seconds, share, bound, flops, read, write, sent, pedigree } = op
  return [
    `${indent}${name}`,
    time(seconds),
    total > 0 ? percent(share) : 'hidden',
    bound,
    flop(flops),
    traffic(read + write),
    traffic(sent),
    reached(op, pool),
    pedigree,
  ]
}

function reached({ bound, efficiency, exchange, floor }: OpExplanation, pool: Pool): string {
  if (exchange !== undefined) return `${linkName(pool, exchange.link)} x${exchange.size}`
  if (bound === 'overhead') return `floor ${time(floor)}`
  return bound === 'compute' ? `${percent(efficiency!.compute)} ${efficiency!.math}` : `${percent(efficiency!.memory)} HBM`
}
