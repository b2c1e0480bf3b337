import { type Counts, roomForCounts } from '../../cost-model/counts.ts'
import type { Op } from '../../cost-model/graph.ts'

/** A row of a table; its columns are known to be there. */
export interface Row {
  readonly text: (column: string) => string
  readonly number: (column: string) => number
}

/** An op of our graph as a row times it, or why the row is of none. */
export type Described = { readonly op: Op; readonly dtype: string } | { readonly skip: string }

/**
 * A file of the layout, by name, and what its columns mean: one file here, and one row in `index.ts`. Columns differ between engines and
 * versions: those listed are needed, others are not looked at.
 */
export interface OperatorFamily {
  readonly name: string
  readonly file: string
  /** Columns that make an op what it is: a whole shape, held out together when errors are cross-validated; words and numbers. */
  readonly kind: readonly string[]
  readonly shape: readonly string[]
  /** Columns by which rows of one op differ: tokens, lengths. */
  readonly point: readonly string[]
  /** Numbers that stand for a column which older tables lack. */
  readonly defaults?: Readonly<Record<string, number>>
  /** Depends on `kind` and `shape` alone. */
  readonly op: (row: Row, engine: string) => Described
  /** Rows of the op, and the step they are part of. */
  readonly step: (row: Row) => { readonly rows: number; readonly counts: Counts }
}

/** A step of which nothing but these is known. */
export function stepOf(known: Partial<Counts>): Counts {
  return { ...roomForCounts(), width: 1, ...known }
}

/** A prompt step: `batch` prompts of `length` new tokens each behind `context` cached ones. */
export function promptStep(batch: number, length: number, context: number): { rows: number; counts: Counts } {
  const rows = batch * length
  return { rows, counts: stepOf({ prefill: rows, prompts: batch, promptContext: context, cached: batch * context }) }
}

/** A decode step: one token each of `batch` requests that have `context` cached ones. */
export function decodeStep(batch: number, context: number): { rows: number; counts: Counts } {
  return { rows: batch, counts: stepOf({ running: batch, context }) }
}

/** Parts of an op that say how it hangs in a graph, which nothing asks of an op that is timed alone. */
export function alone(name: string, lane: 'compute' | 'network' = 'compute') {
  return { name, rows: { scope: 'rank', share: 1 }, after: [], in: [], out: [], lane } as const
}
