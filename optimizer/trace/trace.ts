import { hitOf, type Prefixes } from '../../cost-model/serve/replay/prefixes.ts'
import { InputError, type Issue } from '../../spaces/issue.ts'
import { readChunks } from '../../spaces/read.ts'
import { columnOf } from './columns.ts'
import { csvRows } from './csv-rows.ts'
import { hashedTokens, jsonRows } from './json-rows.ts'
import { type Line, linesOf } from './lines.ts'

/** Requests as somebody recorded them; seconds from the first one. */
export interface Trace {
  readonly format: 'azure' | 'mooncake' | 'openai' | 'fleetfront'
  readonly times: Float64Array
  readonly isl: Int32Array
  readonly osl: Int32Array
  /** Prompt tokens that a prefix cache held: of a trace with hashes, one cache for all that forgets nothing. */
  readonly cached: Int32Array
  /** What a replay finds hits by instead, where each replica has a cache of its own. */
  readonly prefixes?: Prefixes
  /** Number of the session of each request; absent: nobody said. */
  readonly session?: Int32Array
}

/** One request of a file. */
export interface TraceRow {
  /** Seconds from some moment. */
  readonly time: number
  readonly isl: number
  readonly osl: number
  readonly cached: number
  /** Hashes of the blocks of its prompt. */
  readonly blocks?: readonly number[]
  readonly session?: string | number | undefined
}

/** What a reader of rows gives: an issue is the first thing wrong with the file. */
export type Rows = { readonly format: Trace['format']; readonly row: (line: string, number: number) => TraceRow | Issue }

/** A replay of so many requests is no sharper. */
const mostRows = 4_000_000
/** Longer than any context window. */
const mostTokens = 100_000_000

/** A trace of a file, read piece by piece; InputError with the line where it is not one. */
export function readTrace(path: string): Trace {
  return parse(readChunks(path), path, mostRows)
}

/** Text of Azure's CSV, Mooncake's JSON lines, JSON lines with OpenAI's `usage`, or our own CSV; `file` names it in messages. */
export function parseTrace(text: string, file: string, most = mostRows): Trace {
  return parse([text], file, most)
}

type Problem = Pick<Issue, 'message'> & Partial<Issue>

function parse(chunks: Iterable<string>, file: string, most: number): Trace {
  const fail = (problem: Problem): never => {
    throw new InputError({ path: '', code: 'syntax', file, ...problem })
  }
  const [times, isl, osl, cached] = [columnOf(Float64Array), columnOf(Int32Array), columnOf(Int32Array), columnOf(Int32Array)]
  const [hashes, from, session] = [columnOf(Float64Array), columnOf(Int32Array), columnOf(Int32Array)]
  const sessions = new Map<string | number, number>()
  let hashed = 0
  from.push(0)
  let [rows, ends]: [Rows | undefined, Line['end']] = [undefined, 'none']
  let [count, start, last] = [0, 0, Number.NEGATIVE_INFINITY]
  for (const { text, number, end } of linesOf(chunks)) {
    if (rows === undefined) {
      if (text.trim() === '') fail({ message: 'the file is empty' })
      const json = text.trimStart().startsWith('{')
      rows = json ? jsonRows(text, file) : csvRows(text, file)
      ends = end
      if (!json) continue
    }
    if (end !== 'none' && end !== ends) fail(mixedEnds(end, number))
    if (++count > most) fail({ message: `more than ${most} requests`, code: 'out-of-range', suggestion: 'take a part of the trace' })
    const row = rows.row(text, number)
    if ('message' in row) {
      const cut = end === 'none' && row.code === 'syntax'
      throw new InputError(cut ? { ...row, message: `the file ends in the middle of a request (${row.message})` } : row)
    }
    const problem = problemOf(row, last)
    if (problem !== undefined) fail({ ...problem, line: number })
    if (count === 1) start = row.time
    last = row.time
    times.push(row.time - start)
    isl.push(row.isl)
    osl.push(row.osl)
    cached.push(row.cached)
    if (row.blocks !== undefined) {
      for (const hash of row.blocks) hashes.push(hash)
      hashed += row.blocks.length
      from.push(hashed)
    }
    if (row.session !== undefined && !sessions.has(row.session)) sessions.set(row.session, sessions.size)
    if (sessions.size > 0) {
      // Who came before the first with a session, or names none, is on their own.
      while (session.size() < count - 1) session.push(-1 - session.size())
      session.push(row.session === undefined ? -count : sessions.get(row.session)!)
    }
  }
  if (rows === undefined) return fail({ message: 'the file is empty' })
  if (count === 0) fail({ message: 'no request' })
  const trace = { format: rows.format, times: times.done(), isl: isl.done(), osl: osl.done(), cached: cached.done() }
  const prefixes = hashed === 0 ? undefined : { hashes: hashes.done(), from: from.done(), blockTokens: hashedTokens }
  return {
    ...trace,
    ...(prefixes !== undefined && { prefixes, cached: hitsOf(prefixes, trace.isl) }),
    ...(sessions.size > 0 && { session: session.done() }),
  }
}

function hitsOf(prefixes: Prefixes, isl: Int32Array): Int32Array {
  const seen = new Set<number>()
  return isl.map((tokens, i) => hitOf(prefixes, seen, i, tokens))
}

/** A file that mixes ends was put together from several, and its order is not to be trusted. */
function mixedEnds(end: Line['end'], line: number): Problem {
  const was = end === 'LF' ? 'CRLF' : 'LF'
  return { message: `the line ends in ${end}, those above in ${was}`, line, suggestion: 'write all lines with one kind of end' }
}

function problemOf({ time, isl, osl, cached }: TraceRow, last: number): Problem | undefined {
  const code = 'out-of-range'
  if (!(time >= 0)) return { message: `time ${time} is negative`, code }
  if (time < last) {
    return { message: `the request comes before the one above it: ${time - last} s`, code: 'unsorted', suggestion: 'sort by time' }
  }
  for (const [name, tokens] of [['prompt', isl] as const, ['output', osl] as const]) {
    if (!Number.isInteger(tokens) || tokens < 1 || tokens > mostTokens) {
      return { message: `${name} of ${tokens} tokens: it takes a whole number from 1 to ${mostTokens}`, code }
    }
  }
  if (!(cached >= 0 && cached <= isl)) return { message: `${cached} cached tokens of a prompt of ${isl}`, code }
  return undefined
}
