import { at, type ColumnName, columnIndex, columns, findColumn } from '../cost-model/column.ts'
import { boundLatencies } from '../cost-model/serve/open/class-slo.ts'
import type { Reason } from '../spaces/reason.ts'
import { formatQuantity } from '../spaces/units.ts'
import type { RequestClass } from '../spaces/workload.ts'

/** A bound on one column that a plan must meet: an SLO, or a limit of the study. */
export interface Limit {
  /** Code of the reasons it gives: `slo-ttft`, `limit-usd-per-h`. */
  readonly code: string
  readonly column: ColumnName
  /** Position of the column in a row. */
  readonly at: number
  readonly bound: 'max' | 'min'
  /** SI, as stored in rows. */
  readonly value: number
  /** `TTFT <= 2 s` */
  readonly label: string
  /** Held at the pessimistic end of the band: by so much the value grows as the first of these columns (positions) is above the second. */
  readonly pessimistic?: { readonly hi: number; readonly of: number } | undefined
  /** The SLO of one class of requests: `column` is the share of a bound (seconds) that is used, if this class and latency use most of theirs. */
  readonly ofClass?: { readonly name: string; readonly latency: Latency; readonly bound: number; readonly number: number }
}

/** Service-level objectives in seconds: of the mean, or of a percentile of the requests, at the plan's concurrency or arrivals. */
export interface Slo {
  readonly ttft?: number | undefined
  readonly tpot?: number | undefined
  readonly e2e?: number | undefined
  readonly percentile?: Percentile | undefined
}

type Latency = (typeof boundLatencies)[number]

/** Percentiles that have columns. */
export const percentiles = [50, 90, 95, 99] as const
export type Percentile = (typeof percentiles)[number]

/** Bounds by column, in the column's printed unit. */
export type ColumnBounds = Readonly<Record<string, { readonly min?: number | undefined; readonly max?: number | undefined } | undefined>>

/**
 * The order in which a plan's misses are counted: a plan counts under the first limit it misses. Before all others, that it serves what
 * arrives (`rate` in requests per second); after the SLO of all requests those of their classes.
 */
export function limitsOf(slo: Slo, bounds: ColumnBounds, { rate, classes = [], robust = false }: Offered = {}): readonly Limit[] {
  const slos = boundLatencies.flatMap((name): readonly Limit[] => {
    const value = slo[name]
    if (value === undefined) return []
    const { percentile } = slo
    const column: ColumnName = percentile === undefined ? `${name}_ms` : `${name}_ms_p${percentile}`
    const label = `${percentile === undefined ? '' : `p${percentile} `}${name.toUpperCase()} <= ${formatQuantity('seconds', value)}`
    return [{ code: `slo-${name}`, column, at: columnIndex(column), bound: 'max', value, ...held(label, name, robust) }]
  })
  return [
    ...(rate === undefined ? [] : [servesAll(rate)]),
    ...slos,
    ...classes.flatMap((of, i) => classLimits(of, i, slo.percentile, robust)),
    ...columns.flatMap(({ name }) => boundsOf(name, bounds[name])),
  ]
}

/** What comes: requests per second at the whole fleet (absent: a closed loop), and of which classes. */
interface Offered {
  readonly rate?: number | undefined
  readonly classes?: readonly RequestClass[] | undefined
  /** SLOs are to hold at the pessimistic end of the 80 % band. */
  readonly robust?: boolean | undefined
}

function held(label: string, latency: Latency, robust: boolean): Pick<Limit, 'label' | 'pessimistic'> {
  if (!robust) return { label }
  const of = columnIndex(`${latency}_ms`)
  return { label: `${label} at the pessimistic end of its 80 % band`, pessimistic: { hi: columnIndex(`${latency}_ms_hi80`), of } }
}

function classLimits({ name, slo = {} }: RequestClass, i: number, ofStudy: number | undefined, robust: boolean): readonly Limit[] {
  const { percentile = ofStudy } = slo
  return boundLatencies.flatMap((latency, l): readonly Limit[] => {
    const bound = slo[latency]
    if (bound === undefined) return []
    const column = 'class_slo_use'
    const label = `${percentile === undefined ? '' : `p${percentile} `}${latency.toUpperCase()} of ${name} <= ${formatQuantity('seconds', bound)}`
    const ofClass = { name, latency, bound, number: 3 * i + l + 1 }
    return [
      { code: `slo-${name}-${latency}`, column, at: columnIndex(column), bound: 'max', value: 1, ...held(label, latency, robust), ofClass },
    ]
  })
}

/** An overloaded plan finishes what its capacity is, less than what arrives. */
function servesAll(rate: number): Limit {
  const column = 'req_s'
  // Rates that are divided over replicas and added up again are equal up to rounding.
  const value = rate * (1 - 1e-9)
  return {
    code: 'overloaded',
    column,
    at: columnIndex(column),
    bound: 'min',
    value,
    label: `arrivals of ${formatQuantity('perSecond', rate)}`,
  }
}

function boundsOf(column: ColumnName, bounds: ColumnBounds[string]): readonly Limit[] {
  const { scale, unit } = findColumn(column)!
  return (['min', 'max'] as const).flatMap((bound): readonly Limit[] => {
    const printed = bounds?.[bound]
    if (printed === undefined) return []
    const label = `${column} ${bound === 'max' ? '<=' : '>='} ${printed} ${unit}`.trimEnd()
    return [{ code: `limit-${column.replaceAll('_', '-')}`, column, at: columnIndex(column), bound, value: printed / scale, label }]
  })
}

/** How far a value is beyond the limit, as a share of the limit: 0 where it meets it, Infinity where there is no value. */
export function violation({ bound, value }: Limit, actual: number): number {
  if (Number.isNaN(actual)) return Infinity
  const beyond = bound === 'max' ? actual - value : value - actual
  return beyond > 0 ? beyond / Math.abs(value) : 0
}

/** What the limit bounds: the row's value, at the pessimistic end of its band where that is asked for. */
export function boundedValue({ at, pessimistic }: Limit, rows: Float64Array, offset = 0): number {
  const value = rows[offset + at]!
  return pessimistic === undefined ? value : value * Math.max(1, rows[offset + pessimistic.hi]! / rows[offset + pessimistic.of]!)
}

/** By how much the row misses the limit. A class's limit is missed where it is the class that uses most of its SLO. */
export function missOf(limit: Limit, rows: Float64Array, offset = 0): number {
  if (limit.ofClass !== undefined && rows[offset + at.class_slo_worst]! !== limit.ofClass.number) return 0
  return violation(limit, boundedValue(limit, rows, offset))
}

/** The first limit that the row misses. */
export function firstMiss(limits: readonly Limit[], rows: Float64Array, offset: number): Limit | undefined {
  return limits.find((limit) => missOf(limit, rows, offset) > 0)
}

/** Largest violation of any limit. */
export function worstViolation(limits: readonly Limit[], rows: Float64Array, offset: number): number {
  return limits.reduce((worst, limit) => Math.max(worst, missOf(limit, rows, offset)), 0)
}

/** The miss as a named reason with its numbers, in the column's printed unit. */
export function missReason(limit: Limit, actual: number): Reason {
  if (limit.ofClass !== undefined) return classReason(limit, limit.ofClass, actual)
  const { code, column, label, value } = limit
  const { scale, unit, digits } = findColumn(column)!
  if (Number.isNaN(actual))
    return { code, message: `${column} has no value, so ${label} cannot be shown to hold`, numbers: { [column]: 'none' } }
  const [printed, bound] = [actual * scale, value * scale].map((x) => Number(x.toPrecision(digits)))
  const beyond = Number((violation(limit, actual) * 100).toPrecision(3))
  const message = `${column} ${printed}${unit === '' ? '' : ` ${unit}`} misses ${label} by ${beyond} %`
  return { code, message, numbers: { [column]: printed!, limit: bound!, beyondPercent: beyond } }
}

function classReason({ code, label }: Limit, { name, latency, bound }: NonNullable<Limit['ofClass']>, use: number): Reason {
  const [actual, limit] = [use * bound, bound].map((seconds) => Number((1e3 * seconds).toPrecision(6)))
  const beyond = Number(((use - 1) * 100).toPrecision(3))
  const message = `${latency.toUpperCase()} of class ${name} is ${actual} ms and misses ${label} by ${beyond} %`
  return { code, message, numbers: { class: name, [`${latency}_ms`]: actual!, limit: limit!, beyondPercent: beyond } }
}
