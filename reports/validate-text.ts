import {
  type Check,
  checkMetrics,
  holds,
  type Metric,
  relativeError,
  type SideBySide,
  type Validation,
} from '../optimizer/validate/suite.ts'
import { printNumber } from './number.ts'
import { printTable, type TableColumn } from './table.ts'

/** A validation as a person reads it: a table per group, what the source says wrongly, figures side by side, and the sum. */
export function printValidation(name: string, validation: Validation): string {
  const { checks, sideBySide, skipped, covered } = validation
  if (covered !== undefined) {
    const rows = `${name}: ${covered} of ${covered + skipped.length} points predicted`
    return `${[...sideBySide.filter(({ rows }) => rows.length > 0).map(printFigures), rows].join('\n\n')}\n`
  }
  const groups = [...new Set(checks.map(({ group }) => group))]
  const off = checks.filter((check) => !holds(check)).length
  const parts = [
    ...groups.map((group) => section(group, checksTable(checks.filter((check) => check.group === group)))),
    ...corrections(checks),
    ...sideBySide.map(printFigures),
    ...(skipped.length === 0 ? [] : [section('not compared', skipped.map(({ row_id, reason }) => `${row_id}: ${reason}`).join('\n'))]),
    checkMetrics(checks).map(sum).join('\n'),
    `${name}: ${checks.length - off} of ${checks.length} within tolerance${off === 0 ? '' : `, ${off} not`}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** The same for machines. */
export function validationJson(suite: string, { checks, metrics, skipped, covered = checks.length }: Validation): object {
  return { schemaVersion: 1, suite, rows: covered + skipped.length, covered, metrics, skipped }
}

const left = (heading: string): TableColumn => ({ heading, align: 'left' })
const right = (heading: string): TableColumn => ({ heading, align: 'right' })

const checkHeader = [left('row'), left('what'), left('unit'), right('expected'), right('ours'), right('difference'), left('verdict')]

function checksTable(checks: readonly Check[]): string {
  return printTable(
    checkHeader,
    checks.map((check) => {
      const error = relativeError(check)
      const difference = error === undefined ? '' : error === 0 ? '0' : `${printNumber(100 * error, 2)} %`
      return [check.id, check.what, check.unit, expectedText(check), oursText(check), difference, holds(check) ? 'ok' : 'OFF']
    }),
  )
}

function expectedText({ expected: { value, least, most } }: Check): string {
  if (value !== undefined) return valueText(value)
  if (least !== undefined && most !== undefined) return `${valueText(least)} to ${valueText(most)}`
  return least === undefined ? `<= ${valueText(most!)}` : `>= ${valueText(least)}`
}

/** Words are long: equal ones are not printed twice. */
function oursText({ expected: { value }, ours }: Check): string {
  return typeof ours === 'string' && ours === value ? 'the same' : valueText(ours)
}

/** Whole numbers in full: bytes and tokens are compared to the last one. */
function valueText(value: number | string): string {
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? String(value) : printNumber(value, 7)
}

/** Where the source is wrong: its words, the right ones, and whether we do so. */
function corrections(checks: readonly Check[]): readonly string[] {
  const wrong = checks.flatMap((check) => {
    if (check.wrong === undefined) return []
    const lines = [`  says   ${check.wrong.says}`, `  right  ${check.wrong.right}`]
    return [
      `${check.id}\n${lines.join('\n')}\n  ours   ${check.what}: ${valueText(check.ours)} ${check.unit}`.trimEnd() +
        (holds(check) ? ' (ok)' : ' (OFF)'),
    ]
  })
  return wrong.length === 0 ? [] : [section('where the source is wrong', wrong.join('\n'))]
}

/** A table of figures with its title and notes. */
export function printFigures({ title, header, rows, notes }: SideBySide): string {
  const numeric = header.map((_, i) => rows.every((row) => typeof row[i] !== 'string'))
  const columns = header.map((heading, i) => (numeric[i] ? right(heading) : left(heading)))
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))))
  return section(title, [printTable(columns, cells), ...notes.map((note) => `  ${note}`)].join('\n'))
}

function sum({ group, metric, value, n }: Metric): string {
  return `${group}: ${metric} ${printNumber(value, 3)} (n ${n})`
}

function section(title: string, body: string): string {
  return `${title}\n${body}`
}
