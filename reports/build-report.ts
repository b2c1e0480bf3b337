import { findColumn } from '../cost-model/column.ts'
import type { Outcome } from '../optimizer/outcome.ts'
import type { PlanSpace } from '../optimizer/plan-space.ts'
import type { Result } from '../optimizer/result-schema.ts'
import type { Setting } from '../optimizer/setting.ts'
import { studyFacts } from './facts.ts'
import { printGrouped } from './number.ts'
import { hasTimes, planRows, thinRows } from './plan-rows.ts'
import { replayNotes, replayReport } from './replay-report.ts'
import type { Report } from './report.ts'
import { sureness } from './sureness.ts'

/** Plans that a page shows at most, front aside: more blur on a screen and slow it down. */
const mostRows = 100_000

/** What a report of a run says. Where the run kept only the front, the front is all that it shows. */
export function buildReport(setting: Setting, space: PlanSpace, outcome: Outcome, result: Result): Report {
  const tables = outcome.kept.kind === 'all' ? outcome.kept.tables : [outcome.front]
  const timed = tables.flatMap((table) => [...planRows(table, space, setting)].filter(hasTimes))
  const { rows, every } = thinRows(timed, new Set(result.front.map(({ index }) => index)), mostRows)
  const position = new Map(rows.map((row, i) => [row.index, i]))
  const at = (index: number) => position.get(index) as number
  return {
    title: setting.name,
    facts: [
      ...studyFacts(setting),
      ['calibration', result.calibration.id],
      ['study', `${result.studyHash.slice(0, 12)}, catalogue ${result.catalogHash.slice(0, 12)}`],
    ],
    notes: [
      ...notes(outcome, result),
      ...replayNotes(result),
      ...(every > 1 ? [`Shown is one plan in ${every}, and the whole front; plans.csv has every plan.`] : []),
    ],
    rows,
    front: result.front.map(({ index }) => at(index)),
    recommended: result.recommended.map(({ index, goal, why, values }) => ({ row: at(index), label: goal, why, sure: sureness(values) })),
    replay: replayReport(result),
    counts: result.counts.byReason,
    total: outcome.total,
    objectives: setting.objectives,
    limits: setting.limits.map(({ column, value, label }) => ({ column, value: value * (findColumn(column)?.scale ?? 1), label })),
  }
}

/** What a reader must know before believing the rest. */
function notes({ decided, total, kept }: Outcome, { nearest, nearestFit, warnings }: Result): readonly string[] {
  return [
    ...(decided < total ? [`Partial: the run was ended after ${printGrouped(decided)} of ${printGrouped(total)} plans.`] : []),
    ...(nearest === null
      ? []
      : [`No plan meets every limit. Nearest: ${nearest.plan}: ${nearest.misses.map((m) => m.message).join('; ')}.`]),
    ...(nearestFit === null ? [] : [`No plan fits in memory. Nearest: ${nearestFit.plan}: ${nearestFit.message}.`]),
    ...(kept.kind === 'front-only' ? ['Only the front was kept: all plans together would have taken more memory than allowed.'] : []),
    ...warnings,
  ]
}
