import { InputError, type Issue } from '../../spaces/issue.ts'
import { parseJson } from '../../spaces/read.ts'
import type { Rows, TraceRow } from './trace.ts'

type Line = Readonly<Record<string, unknown>>

/** Tokens of one block of Mooncake's `hash_ids` (its README). */
export const hashedTokens = 512

/** Mooncake's traces (FAST'25), or requests with a `created` time and OpenAI's `usage`, told apart by the first line. */
export function jsonRows(first: string, file: string): Rows {
  const line = parsed(first, file, 1)
  if ('message' in line) throw new InputError(line)
  const { value } = line
  if ('input_length' in value || 'output_length' in value) return { format: 'mooncake', row: rowReader(file, mooncakeRow) }
  if ('usage' in value) return { format: 'openai', row: rowReader(file, openaiRow) }
  const message = 'no known trace: its first line has neither input_length (Mooncake) nor usage (OpenAI)'
  throw new InputError({ path: '', code: 'unknown-format', message, file, line: 1 })
}

/** What a line says, or the name of what it lacks. */
type Reader = (line: Line) => TraceRow | string

function rowReader(file: string, read: Reader): Rows['row'] {
  return (text, number) => {
    const line = parsed(text, file, number)
    if ('message' in line) return line
    const row = read(line.value)
    return typeof row === 'string' ? { path: '', code: 'missing-column', message: `no number ${row}`, file, line: number } : row
  }
}

function parsed(text: string, file: string, line: number): { readonly value: Line } | Issue {
  try {
    const value = parseJson(text, file)
    if (typeof value === 'object' && value !== null) return { value: value as Line }
    return { path: '', code: 'syntax', message: 'not an object', file, line }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { ...error.issues[0], line }
  }
}

/** Milliseconds. Requests that begin with the same block are taken to be of one session. */
function mooncakeRow({ timestamp, input_length: isl, output_length: osl, hash_ids: hashes }: Line): TraceRow | string {
  if (typeof timestamp !== 'number') return 'timestamp'
  if (typeof isl !== 'number') return 'input_length'
  if (typeof osl !== 'number') return 'output_length'
  const blocks = Array.isArray(hashes) ? hashes : []
  if (!blocks.every((hash): hash is number => typeof hash === 'number')) return 'hash_ids'
  return { time: timestamp / 1e3, isl, osl, cached: 0, blocks, session: blocks[0] }
}

function openaiRow({ created, timestamp, usage, session_id, user }: Line): TraceRow | string {
  const time = created ?? timestamp
  const { prompt_tokens: isl, completion_tokens: osl, prompt_tokens_details: details } = (usage ?? {}) as Line
  if (typeof time !== 'number') return 'created'
  if (typeof isl !== 'number') return 'usage.prompt_tokens'
  if (typeof osl !== 'number') return 'usage.completion_tokens'
  const cached = (details as Line | undefined)?.['cached_tokens']
  const of = session_id ?? user
  const session = typeof of === 'string' || typeof of === 'number' ? of : undefined
  return { time, isl, osl, cached: typeof cached === 'number' ? cached : 0, session }
}
