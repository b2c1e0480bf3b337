import type { Prediction } from './serving/predict.ts'

/** What a comparison expects: a value within a share of it (words: exactly), or bounds. */
export interface Expected {
  readonly value?: number | string | undefined
  /** Allowed |ours / value - 1|; 0: equal. */
  readonly tolerance: number
  readonly least?: number | undefined
  readonly most?: number | undefined
}

/** One comparison of what the product computes with what somebody published. */
export interface Check {
  /** Row of the source, `R-KV-1`; several checks may share one. */
  readonly id: string
  /** Table that it belongs to. */
  readonly group: string
  readonly what: string
  readonly unit: string
  readonly expected: Expected
  readonly ours: number | string
  /** Where the source is wrong: what it says, and what is right. */
  readonly wrong?: { readonly says: string; readonly right: string } | undefined
}

/** Figures that are shown side by side and judged by nobody: empty where there are none. */
export interface SideBySide {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
  readonly notes: readonly string[]
}

export interface Validation {
  readonly checks: readonly Check[]
  readonly sideBySide: readonly SideBySide[]
  readonly metrics: readonly Metric[]
  readonly skipped: readonly { readonly row_id: string; readonly reason: string }[]
  /** Rows that were compared, where these are measured points and not checks; and each with what we say of it. */
  readonly covered?: number
  readonly predictions?: readonly Prediction[]
  /** What `--max-error` bounds, as a share: the largest mean absolute error of its figures. */
  readonly error?: number
}

/** What a person gives a suite beside its name. */
export interface SuiteOptions {
  /** Measured points: a CSV file, or a folder of tables. */
  readonly data?: string | undefined
}

export interface Metric {
  readonly group: string
  readonly metric: string
  readonly value: number
  readonly n: number
}

/** A suite of `fleetfront validate`: one file, and one row in `index.ts`. */
export interface Suite {
  readonly name: string
  readonly summary: string
  /** Options that mean something to it; absent: none. */
  readonly takes?: readonly ('data' | 'predictions' | 'maxError')[]
  readonly run: (options: SuiteOptions) => Validation | Promise<Validation>
}

/** ours / expected - 1; undefined where there is no such number. */
export function relativeError({ expected: { value }, ours }: Check): number | undefined {
  if (typeof value !== 'number' || typeof ours !== 'number') return undefined
  return value === 0 ? ours : ours / value - 1
}

export function holds(check: Check): boolean {
  const { expected, ours } = check
  const error = relativeError(check)
  if (error !== undefined && !(Math.abs(error) <= expected.tolerance)) return false
  if (error === undefined && expected.value !== undefined && ours !== expected.value) return false
  if (expected.least !== undefined && !(Number(ours) >= expected.least)) return false
  return expected.most === undefined || Number(ours) <= expected.most
}

/** Of each group: checks out of tolerance, and the largest error of those that compare with a number. */
export function checkMetrics(checks: readonly Check[]): readonly Metric[] {
  const groups = [...new Set(checks.map(({ group }) => group))]
  return groups.flatMap((group) => {
    const own = checks.filter((check) => check.group === group)
    const errors = own.map(relativeError).filter((error) => error !== undefined)
    const worst = Math.max(0, ...errors.map(Math.abs))
    return [
      { group, metric: 'out_of_tolerance', value: own.filter((check) => !holds(check)).length, n: own.length },
      ...(errors.length === 0 ? [] : [{ group, metric: 'max_relative_error', value: worst, n: errors.length }]),
    ]
  })
}
