import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Tags, visit } from 'yaml'
import { InputError, type Issue } from './issue.ts'
import { formatQuantity } from './units.ts'
import type { Path, Where } from './where.ts'

/** What a file says, and the line of every path in it. */
export interface Parsed {
  readonly value: unknown
  readonly where: Where & { readonly file: string; readonly lineOf: (path: Path) => number | undefined }
}

/** Aliases of one YAML file together; far above any honest study, far below a file built to exhaust memory. */
const maxAliases = 1000

/** Bytes of a YAML file: parsing one takes a thousand times as many, and no study or catalogue entry comes near. */
const mostYaml = 2 ** 20

/** Problems of one file that are listed: what follows the first is mostly its echo. */
const mostProblems = 5

/** UTF-8 text of a file; InputError (`unreadable`) naming the file where it cannot be read. */
export function readText(path: string): string {
  return utf8(readBytes(path), path)
}

/** Bytes that are read at once. */
const chunkBytes = 2 ** 20

/** UTF-8 text of a file piece by piece, so that memory does not grow with it; InputError as `readText`. */
export function* readChunks(path: string): Generator<string> {
  const file = orUnreadable(path, () => openSync(path, 'r'))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const buffer = new Uint8Array(chunkBytes)
  try {
    for (;;) {
      const bytes = orUnreadable(path, () => readSync(file, buffer))
      yield decoded(path, () => decoder.decode(buffer.subarray(0, bytes), { stream: bytes > 0 }))
      if (bytes === 0) return
    }
  } finally {
    closeSync(file)
  }
}

/** As `parseYaml`, of a file of at most 1 MiB. */
export function readYaml(path: string): Parsed {
  const bytes = readBytes(path)
  if (bytes.length > mostYaml) throw tooLarge(path, bytes.length, mostYaml)
  return parseYaml(utf8(bytes, path), path)
}

function tooLarge(file: string, size: number, most: number): InputError {
  const message = `too large: ${formatQuantity('bytes', size, 3)}, more than ${formatQuantity('bytes', most)}`
  return new InputError({ path: '', code: 'unreadable', message, file })
}

/** JSON as strict as JSON.parse; `tolerant` also takes the bare Infinity and NaN (read as null) that Python writes. */
export function readJson(path: string, options: { readonly tolerant?: boolean } = {}): unknown {
  return parseJson(readText(path), path, options)
}

/** A layer order such as 0x80 (group 0, eighty times) is text, not a hexadecimal number; nothing of ours is. */
function withoutRadix(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || (tag.format !== 'HEX' && tag.format !== 'OCT'))
}

/** Text of a YAML (or JSON) file; `file` names it in messages. */
export function parseYaml(text: string, file: string): Parsed {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, customTags: withoutRadix })
  const problems = [...document.errors, ...document.warnings].slice(0, mostProblems)
  if (problems.length > 0) {
    throw new InputError(problems.map((p) => syntaxIssue(file, yamlReason(p.message), lines.linePos(p.pos[0]).line)))
  }
  const key = oddKey(document)
  if (key !== undefined) throw new InputError(syntaxIssue(file, 'a key must be text, not a list or a mapping', lineAt(lines, key)))
  return { value: resolved(document, file), where: { file, lineOf: (path) => lineOf(document, lines, path) } }
}

export function parseJson(text: string, file: string, options: { readonly tolerant?: boolean } = {}): unknown {
  try {
    return JSON.parse(options.tolerant ? withoutBareNumbers(text) : text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InputError(syntaxIssue(file, `not JSON: ${jsonReason(error.message)}`, jsonErrorLine(text, error.message)))
  }
}

/** Names in a folder, sorted; undefined where there is no such folder. */
export function listFolder(path: string): readonly string[] | undefined {
  return existsSync(path) ? orUnreadable(path, () => readdirSync(path)).sort() : undefined
}

/** Paths of the files below a folder, with slashes and relative to it, sorted; InputError where there is no such folder. */
export function listFiles(folder: string): readonly string[] {
  const names = orUnreadable(folder, () => readdirSync(folder, { recursive: true, withFileTypes: true }))
  const files = names.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  return files.map((name) => name.replaceAll(sep, '/')).sort()
}

export function readBytes(path: string): Uint8Array {
  return orUnreadable(path, () => readFileSync(path))
}

function orUnreadable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new InputError({ path: '', code: 'unreadable', message: systemMessage(error), file: path })
  }
}

function utf8(bytes: Uint8Array, file: string): string {
  return decoded(file, () => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

function decoded(file: string, decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InputError({ path: '', code: 'unreadable', message: 'not UTF-8 text', file })
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}

const systemMessages: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'a directory, not a file',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'the name is too long',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large',
  ERR_INVALID_ARG_VALUE: 'not a file name',
}

function systemMessage(error: NodeJS.ErrnoException): string {
  return systemMessages[error.code as string] ?? `cannot be read (${error.code})`
}

/** Plain data of a document. The yaml package throws ReferenceError for aliases that lead nowhere or multiply without bound. */
function resolved(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases }) as unknown
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new InputError(syntaxIssue(file, lowerFirst(error.message), undefined))
  }
}

/** The library counts on the stack of the machine. */
function yamlReason(message: string): string {
  return message.startsWith('Maximum call stack') ? 'nested too deeply' : lowerFirst(message)
}

/** The first key that is a collection: plain data has none. */
function oddKey(document: Document): Node | undefined {
  let found: Node | undefined
  visit(document, {
    Pair: (_, { key }) => {
      if (!isCollection(key)) return undefined
      found = key
      return visit.BREAK
    },
  })
  return found
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: Node | null | undefined = document.contents as Node | null
  let offset = node?.range?.[0]
  for (const step of path) {
    const target: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    if (isMap(target)) {
      const pair = target.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(target)) {
      node = target.items[Number(step)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else break
  }
  return offset === undefined ? undefined : lines.linePos(offset).line
}

function lineAt(lines: LineCounter, { range }: Node): number | undefined {
  return range ? lines.linePos(range[0]).line : undefined
}

/** Python's json writes Infinity, -Infinity and NaN bare. 1e999 overflows to Infinity; JSON has no NaN. Lines stay where they are. */
function withoutBareNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\bInfinity\b|\bNaN\b/g, (token) =>
    token === 'Infinity' ? '1e999' : token === 'NaN' ? 'null' : token,
  )
}

function jsonReason(message: string): string {
  return lowerFirst(message.replace(/(, ".*|, \.\.\.".*| in JSON.*| after JSON.*| is not valid JSON.*)$/s, ''))
}

/** V8 names a position in some messages only; the yaml package finds the place in most of the rest. */
function jsonErrorLine(text: string, message: string): number | undefined {
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return text.slice(0, Number(position)).split('\n').length
  if (message.startsWith('Unexpected end')) return text.split('\n').length
  const lines = new LineCounter()
  const first = parseDocument(text, { schema: 'json', lineCounter: lines, prettyErrors: false }).errors[0]
  return first === undefined ? undefined : lines.linePos(first.pos[0]).line
}

function syntaxIssue(file: string, message: string, line: number | undefined): Issue {
  return { path: '', code: 'syntax', message, file, line }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
