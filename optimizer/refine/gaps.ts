import { type ColumnName, columnIndex } from '../../cost-model/column.ts'
import { rowAt } from '../table.ts'
import type { Refined } from './refined.ts'

/** How far replays are from the closed form in one column, as shares of the closed form's values. */
export interface Gap {
  readonly column: ColumnName
  /** Plans with both values. */
  readonly plans: number
  readonly median: number
  /** Of the gap without its sign. */
  readonly medianSize: number
  readonly p90Size: number
  /** The largest, with its sign, and the plan that has it, the first of several. */
  readonly most: number
  readonly index: number
}

/** The gap in each column of which at least one plan has both values, other than 0. */
export function gapsOf({ closed, replayed }: Pick<Refined, 'closed' | 'replayed'>, columns: readonly ColumnName[]): readonly Gap[] {
  return columns.flatMap((column): readonly Gap[] => {
    const at = columnIndex(column)
    const found = Array.from(closed.indexes, (index, i) => ({ index, gap: rowAt(replayed, i)[at]! / rowAt(closed, i)[at]! - 1 }))
    const gaps = found.filter(({ gap }) => Number.isFinite(gap))
    if (gaps.length === 0) return []
    const sizes = ascending(gaps.map(({ gap }) => Math.abs(gap)))
    const most = gaps.reduce((a, b) => (Math.abs(b.gap) > Math.abs(a.gap) ? b : a))
    const median = middle(ascending(gaps.map(({ gap }) => gap)), 0.5)
    return [
      {
        column,
        plans: gaps.length,
        median,
        medianSize: middle(sizes, 0.5),
        p90Size: middle(sizes, 0.9),
        most: most.gap,
        index: most.index,
      },
    ]
  })
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b)
}

/** The least value that such a share of them does not exceed. */
function middle(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
