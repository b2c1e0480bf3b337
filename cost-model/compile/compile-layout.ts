import type { RowCount } from '../counts.ts'
import type { LayoutModel, TimedSegment } from '../layout-model.ts'
import { makeTable, type Tabled } from '../op-table.ts'
import { type OpTime, opTime, type Timed } from '../timed.ts'
import { makeRowCurve } from './row-curve.ts'

/**
 * A layout for many steps: ops that depend on nothing but their number of rows, and count them alike, become one curve. Attention, which
 * depends on contexts too, stays exact, as do segments in which ops run beside others. Steps take what they took before within 0.3 %;
 * where every op is linear in its rows (nothing but floors and bytes), the same but for rounding. Only lengths of steps can be asked for.
 */
export function compileLayout(model: LayoutModel): LayoutModel {
  return { ...model, segments: model.segments.map(compileSegment) }
}

function compileSegment(segment: TimedSegment): TimedSegment {
  if (segment.table.overlap !== undefined) return segment
  const exact = segment.ops.filter((op) => !dependsOnRows(op))
  const alike = new Map<string, Timed[]>()
  for (const op of segment.ops.filter(dependsOnRows)) {
    const key = JSON.stringify(perRow(op.rows))
    alike.set(key, [...(alike.get(key) ?? []), op])
  }
  return { ...segment, table: makeTable([...exact, ...[...alike.values()].map(tabled)], undefined) }
}

function dependsOnRows({ op }: Timed): boolean {
  return op.kind !== 'attention'
}

function tabled(ops: readonly Timed[]): Tabled {
  const curve = makeRowCurve((rows) => ops.reduce((sum, op) => sum + secondsOf(op, rows * scaleOf(op.rows)), 0))
  return { rows: perRow(ops[0]!.rows), curve, launched: ops.length, exchanged: ops.filter(({ network }) => network !== undefined).length }
}

function secondsOf(op: Timed, rows: number): OpTime['seconds'] {
  return opTime(op, rows, none).seconds
}

/** What an op that depends on its rows does not look at. */
const none = undefined as never

/** Rows in units of the op's own largest share: ops of a rank's share of the rows join those of all of them. */
function perRow(rows: RowCount): RowCount {
  const scale = scaleOf(rows)
  const { scope, prefill, decode, context, padding } = rows
  return { scope, prefill: prefill / scale, decode: decode / scale, context: context / scale, padding: padding / scale }
}

function scaleOf({ prefill, decode, context }: RowCount): number {
  return Math.max(prefill, decode, context)
}
