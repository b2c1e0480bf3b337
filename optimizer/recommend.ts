import { type ColumnName, columnIndex, findColumn } from '../cost-model/column.ts'
import type { Limit } from './limit.ts'
import { type Objective, objectivesOf } from './objective.ts'
import type { Outcome } from './outcome.ts'
import { rowAt, type Table } from './table.ts'
import { jsonValue } from './values.ts'

/** A plan of the front to take, and what for. */
export interface Choice {
  /** `highest out_tok_s_per_gpu`; several joined by `and` where one plan is best in several objectives. */
  readonly goal: string
  readonly index: number
  readonly row: Float64Array
  /** One sentence, with numbers. */
  readonly why: string
}

/** What an operator asks about last: a plan is chosen for what it yields first. */
const latency = /^(ttft|tpot|e2e|itl)_ms|^tok_s_per_user$/

/**
 * For each objective the plan of the front that is best in it, throughput and cost before latency; a plan that is best in several
 * comes once. Of equally good ones: the best in the next objectives, then the lowest index.
 */
export function choose(
  names: readonly ColumnName[],
  limits: readonly Limit[],
  { front, meeting }: Pick<Outcome, 'front' | 'meeting'>,
): readonly Choice[] {
  if (front.indexes.length === 0) return []
  const objectives = objectivesOf(names)
  const goals = objectives.toSorted((a, b) => Number(latency.test(a.column)) - Number(latency.test(b.column)))
  const byPosition = new Map<number, Objective[]>()
  for (const goal of goals) {
    const position = bestOf(front, [goal, ...objectives.filter((other) => other !== goal)])
    byPosition.set(position, [...(byPosition.get(position) ?? []), goal])
  }
  const meets = limits.length === 0 ? 'with times' : `that meet ${limitsText(limits)}`
  return [...byPosition].map(([position, best]) => {
    const row = rowAt(front, position)
    const columns = best.map(({ column }) => column)
    const others = [...new Set<ColumnName>([...names, 'ttft_ms', 'tpot_ms'])].filter((column) => !columns.includes(column))
    const superlatives = best.map((goal) => `${goalName(goal)} (${printed(goal.column, row)})`)
    const rest = others.map((column) => `${column} ${printed(column, row)}`)
    const why = `${listed(superlatives)} of the ${grouped(meeting)} plans ${meets}${rest.length > 0 ? `; ${rest.join(', ')}` : ''}`
    return { goal: listed(best.map(goalName)), index: front.indexes[position]!, row, why }
  })
}

function goalName({ sign, column }: Objective): string {
  return `${sign === 1 ? 'lowest' : 'highest'} ${column}`
}

/** `TTFT <= 2 s and TPOT <= 30 ms` */
export function limitsText(limits: readonly Limit[]): string {
  return listed(limits.map((limit) => limit.label))
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
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
