import type { z } from 'zod'
import { InputError, type Issue } from './issue.ts'
import { keysAt } from './schema-keys.ts'
import { didYouMean } from './suggest.ts'
import { inside, issueAt, type Path, type Where } from './where.ts'

type ZodIssue = z.core.$ZodIssue
type Problem = Pick<Issue, 'code' | 'message' | 'suggestion'>

/** The value as the schema's type; InputError with one line per problem (path, value, line, suggestion) where it does not fit. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, where: Where = {}): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InputError(result.error.issues.flatMap((issue) => issuesOf(issue, { schema, value, where })))
}

interface Context {
  readonly schema: z.ZodType
  readonly value: unknown
  readonly where: Where
}

function issuesOf(issue: ZodIssue, context: Context): readonly Issue[] {
  const path = issue.path as Path
  const at = inside(context.where, ...path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(context.schema, path)
    return issue.keys.map((key) => issueAt(inside(at, key), unknownKey(key, known)))
  }
  const branch = issue.code === 'invalid_union' ? likeliestBranch(issue.errors, valueAt(context.value, path)) : undefined
  if (branch !== undefined) return branch.flatMap((inner) => issuesOf({ ...inner, path: [...issue.path, ...inner.path] }, context))
  return [issueAt(at, problemOf(issue, valueAt(context.value, path)))]
}

function unknownKey(key: string, known: readonly string[]): Problem {
  const list = known.length === 0 || known.length > 24 ? undefined : `known: ${known.join(', ')}`
  return { code: 'unknown-key', message: `unknown key "${key}"`, suggestion: didYouMean(key, known) ?? list }
}

/** Of a union's branches the one that was meant: it got past its outermost type, with the fewest problems. */
function likeliestBranch(branches: readonly (readonly ZodIssue[])[], value: unknown): readonly ZodIssue[] | undefined {
  const entered = branches.filter((issues) => !issues.some((issue) => isOfAnotherType(issue, value)))
  return [...entered].sort((a, b) => a.length - b.length)[0]
}

/** The value is no such thing at all: a number where a mapping was expected, or anything but the one word that was. */
function isOfAnotherType(issue: ZodIssue, value: unknown): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_value') return isObject(value) || issue.values.length === 1
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some((inner) => isOfAnotherType(inner, value)))
  return issue.code === 'invalid_type'
}

function problemOf(issue: ZodIssue, value: unknown): Problem {
  if (value === undefined && issue.code !== 'custom') return { code: 'missing-key', message: `is missing (${expectation(issue)})` }
  switch (issue.code) {
    case 'custom': {
      const { code, suggestion } = (issue.params ?? {}) as Partial<Problem>
      return { code: code ?? 'invalid', message: issue.message, suggestion }
    }
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
      return { code: 'out-of-range', message: `must be ${expectation(issue)}, not ${shown(value)}` }
    case 'invalid_value':
    case 'invalid_union':
      return {
        code: 'unknown-value',
        message: `must be ${expectation(issue)}, not ${shown(value)}`,
        suggestion: typeof value === 'string' ? didYouMean(value, choicesOf(issue)) : undefined,
      }
    case 'invalid_key':
      return { code: 'unknown-key', message: 'is not a key that may stand here' }
    default:
      return { code: 'wrong-type', message: `must be ${expectation(issue)}, not ${shown(value)}` }
  }
}

function choicesOf(issue: ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options ?? []).map(String)
  return []
}

/** What would have been right, as it reads after "must be". */
function expectation(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.pattern === undefined ? `a valid ${issue.format}` : `text that matches ${issue.pattern}`
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_union': {
      const choices = choicesOf(issue)
      return choices.length > 0
        ? `one of ${choices.join(', ')}`
        : [...new Set(issue.errors.flatMap((e) => e.map(expectation)))].join(' or ')
    }
    default:
      return 'valid'
  }
}

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
}

function unitOf(origin: string, count: number | bigint): string {
  const noun = origin === 'array' ? ' item' : origin === 'string' ? ' character' : undefined
  return noun === undefined ? '' : `${noun}${Number(count) === 1 ? '' : 's'} long`
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step as never] : undefined), value)
}

/** A value on one short line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isObject(value)) return 'a mapping'
  if (typeof value !== 'string') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 56)}..."` : text
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
