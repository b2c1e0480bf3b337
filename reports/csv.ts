import { stringify } from 'csv-stringify/sync'
import { columns } from '../cost-model/column.ts'
import type { Plan } from '../spaces/plan.ts'
import { planKey } from '../spaces/plan-key.ts'
import { printValue } from './number.ts'
import { planFieldNames, planFieldValues } from './plan-fields.ts'

/** One plan of a table: its index in the space, stored values by the column table, and the code of the reason it was rejected for. */
export interface PlanRow {
  readonly index: number
  readonly plan: Plan
  readonly reason: string
  readonly values: ArrayLike<number>
}

const [status, ...rest] = columns

/** Header of every plan table, in fixed order: identity, status and reason, values with their unit as suffix, then the plan's fields. */
export const csvHeader: readonly string[] = ['plan', 'index', status.name, 'reason', ...rest.map((c) => c.name), ...planFieldNames]

const block = 2048

/** The table as CSV text (RFC 4180, LF, empty = not applicable), in chunks of some thousand rows. */
export function* planCsv(rows: Iterable<PlanRow>): Generator<string> {
  yield stringify([[...csvHeader]])
  let pending: (string | number)[][] = []
  for (const row of rows) {
    pending.push(csvRecord(row))
    if (pending.length === block) {
      yield stringify(pending)
      pending = []
    }
  }
  if (pending.length > 0) yield stringify(pending)
}

function csvRecord({ plan, index, reason, values }: PlanRow): (string | number)[] {
  const printed = columns.map((c, i) => printValue(c, values[i]))
  return [planKey(plan), index, printed[0], reason, ...printed.slice(1), ...planFieldValues(plan)]
}
