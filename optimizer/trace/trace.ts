import { InputError, type Issue } from '../../spaces/issue.ts'
import { readText } from '../../spaces/read.ts'
import { csvRows } from './csv-rows.ts'
import { jsonRows } from './json-rows.ts'

/** Requests as somebody recorded them; seconds from the first one. */
export interface Trace {
  readonly format: 'azure' | 'mooncake' | 'openai' | 'fleetfront'
  readonly times: Float64Array
  readonly isl: Int32Array
  readonly osl: Int32Array
  /** Prompt tokens that a prefix cache held. */
  readonly cached: Int32Array
}

/** One request of a file. */
export interface TraceRow {
  /** Seconds from some moment. */
  readonly time: number
  readonly isl: number
  readonly osl: number
  readonly cached: number
}

/** What a reader of rows gives: an issue is the first thing wrong with the file. */
export type Rows = { readonly format: Trace['format']; readonly row: (line: string, number: number) => TraceRow | Issue }

/** Larger files are refused before they fill the memory; a replay of so many requests is no sharper. */
const mostBytes = 256 * 2 ** 20
const mostRows = 4_000_000
/** Longer than any context window. */
const mostTokens = 100_000_000

/** A trace of a file; InputError with the line where it is not one. */
export function readTrace(path: string): Trace {
  return parseTrace(readText(path, mostBytes), path)
}

/** Text of Azure's CSV, Mooncake's JSON lines, JSON lines with OpenAI's `usage`, or our own CSV; `file` names it in messages. */
export function parseTrace(text: string, file: string, most = mostRows): Trace {
  const fail = (message: string, line: number | undefined, code = 'syntax', suggestion?: string): never => {
    throw new InputError({ path: '', code, message, file, line, suggestion })
  }
  const lines = linesOf(text, fail)
  const rows = lines[0].trimStart().startsWith('{') ? jsonRows(lines[0], file) : csvRows(lines[0], file)
  const from = rows.format === 'azure' || rows.format === 'fleetfront' ? 1 : 0
  const count = lines.length - from
  if (count === 0) fail('no request', undefined)
  if (count > most) fail(`${count} requests, more than ${most}`, undefined, 'out-of-range', 'take a part of the trace')
  const trace = { times: new Float64Array(count), isl: new Int32Array(count), osl: new Int32Array(count), cached: new Int32Array(count) }
  let last = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const line = i + from + 1
    const row = rows.row(lines[i + from], line)
    if ('message' in row) {
      const cut = i === count - 1 && !text.endsWith('\n') && row.code === 'syntax'
      throw new InputError(cut ? { ...row, message: `the file ends in the middle of a request (${row.message})` } : row)
    }
    if (!(row.time >= 0)) fail(`time ${row.time} is negative`, line, 'out-of-range')
    if (row.time < last) fail(`the request comes before the one above it: ${row.time - last} s`, line, 'unsorted', 'sort by time')
    for (const [name, tokens] of [['prompt', row.isl] as const, ['output', row.osl] as const]) {
      if (!Number.isInteger(tokens) || tokens < 1 || tokens > mostTokens) {
        fail(`${name} of ${tokens} tokens: it takes a whole number from 1 to ${mostTokens}`, line, 'out-of-range')
      }
    }
    if (!(row.cached >= 0 && row.cached <= row.isl)) fail(`${row.cached} cached tokens of a prompt of ${row.isl}`, line, 'out-of-range')
    last = row.time
    trace.times[i] = row.time
    trace.isl[i] = row.isl
    trace.osl[i] = row.osl
    trace.cached[i] = row.cached
  }
  const start = trace.times[0]
  return { format: rows.format, ...trace, times: trace.times.map((time) => time - start) }
}

/** Lines without their ends. A file that mixes ends was put together from several, and its order is not to be trusted. */
function linesOf(text: string, fail: (message: string, line: number | undefined, code?: string, suggestion?: string) => never): string[] {
  const body = text.replace(/^\uFEFF/, '').replace(/\r?\n$/, '')
  if (body.trim() === '') fail('the file is empty', undefined)
  const lines = body.split('\n')
  const crlf = lines[0].endsWith('\r')
  const mixed = lines.findIndex((line, i) => i < lines.length - 1 && line.endsWith('\r') !== crlf)
  if (mixed >= 0) {
    const [is, was] = crlf ? ['LF', 'CRLF'] : ['CRLF', 'LF']
    fail(`the line ends in ${is}, those above in ${was}`, mixed + 1, 'syntax', 'write all lines with one kind of end')
  }
  return crlf ? lines.map((line) => line.replace(/\r$/, '')) : lines
}
