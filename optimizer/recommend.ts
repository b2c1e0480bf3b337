import { type ColumnName, columnIndex, findColumn } from '../cost-model/column.ts'
import type { Limit } from './limit.ts'
import { type Objective, objectivesOf } from './objective.ts'
import type { Outcome } from './outcome.ts'
import { rowAt, type Table } from './table.ts'
import { jsonValue } from './values.ts'

/** The plan of the front to take for one objective. */
export interface Choice {
  /** `highest out_tok_s_per_gpu` */
  readonly goal: string
  readonly index: number
  readonly row: Float64Array
  /** One sentence, with numbers. */
  readonly why: string
}

/** What an operator asks about last: a plan is chosen for what it yields first. */
const latencies: readonly ColumnName[] = ['ttft_ms', 'tpot_ms', 'e2e_ms', 'tok_s_per_user']

/**
 * For each objective the plan of the front that is best in it, throughput and cost before latency. Of equally good ones: the best in
 * the next objectives, then the lowest index.
 */
export function choose(names: readonly ColumnName[], limits: readonly Limit[], { front, meeting }: Outcome): readonly Choice[] {
  if (front.indexes.length === 0) return []
  const objectives = objectivesOf(names)
  const goals = objectives.toSorted((a, b) => Number(latencies.includes(a.column)) - Number(latencies.includes(b.column)))
  return goals.map((goal) => {
    const order = [goal, ...objectives.filter((other) => other !== goal)]
    const position = bestOf(front, order)
    const row = rowAt(front, position)
    const name = `${goal.sign === 1 ? 'lowest' : 'highest'} ${goal.column}`
    const rest = [...new Set<ColumnName>([...order.slice(1).map((o) => o.column), 'ttft_ms', 'tpot_ms'])].filter((c) => c !== goal.column)
    const meets = limits.length === 0 ? 'with times' : `that meet ${limitsText(limits)}`
    const why = `${name} (${printed(goal.column, row)}) of the ${grouped(meeting)} plans ${meets}; ${rest.map((c) => `${c} ${printed(c, row)}`).join(', ')}`
    return { goal: name, index: front.indexes[position]!, row, why }
  })
}

/** `TTFT <= 2 s and TPOT <= 30 ms` */
export function limitsText(limits: readonly Limit[]): string {
  const labels = limits.map((limit) => limit.label)
  return labels.length < 2 ? labels.join('') : `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)}`
}

function bestOf(front: Table, order: readonly Objective[]): number {
  let best = 0
  for (let i = 1; i < front.indexes.length; i++) {
    if (isBetter(rowAt(front, i), rowAt(front, best), order)) best = i
  }
  return best
}

function isBetter(a: Float64Array, b: Float64Array, order: readonly Objective[]): boolean {
  const decisive = order.find(({ at }) => a[at] !== b[at])
  return decisive !== undefined && decisive.sign * a[decisive.at]! < decisive.sign * b[decisive.at]!
}

function printed(name: ColumnName, row: Float64Array): string {
  const column = findColumn(name)!
  const value = jsonValue({ ...column, digits: 4 }, row[columnIndex(name)]!)
  return value === null ? 'unknown' : `${value} ${column.unit}`.trimEnd()
}

function grouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
}
