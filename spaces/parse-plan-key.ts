import { InputError } from './issue.ts'
import {
  type ColocatedPlan,
  type DraftKind,
  draftKinds,
  type Layout,
  type Plan,
  type Precision,
  type SequenceKind,
  type Speculation,
} from './plan.ts'
import { completeLayout, keyPrecisions, keyWidths } from './plan-key.ts'
import { formatNames } from './precision.ts'
import { didYouMean } from './suggest.ts'

const sequenceKinds: readonly SequenceKind[] = ['ring', 'all-to-all', 'all-gather']
const layoutNames: readonly string[] = [...keyWidths.map(([key]) => key), 'spk', 'ftp', 'red']

/** The plan a key names (`planKey`), fields of a section in any order. InputError, at `path`, says which part of which section is wrong. */
export function parsePlanKey(text: string, path = 'plan'): Plan {
  const pair = /^P\((.+)\)x(\d+)\+D\((.+)\)x(\d+)$/.exec(text.trim())
  if (pair === null) return colocated(text.trim(), path)
  return {
    kind: 'disaggregated',
    prefill: colocated(pair[1]!, path),
    decode: colocated(pair[3]!, path),
    prefillWorkers: count('x', pair[2]!, path),
    decodeWorkers: count('x', pair[4]!, path),
  }
}

function colocated(text: string, path: string): ColocatedPlan {
  const sections = text.split(':')
  const at = sections.findIndex((section, i) => i > 0 && /^r\d+\./.test(section))
  if (at < 0 || text.startsWith(':')) throw syntax(path, `plan key ${JSON.stringify(text)} has no pool and layout (pool:r1.pp1...)`)
  const [layout, formats, batch, chunk, drafts, ...rest] = sections.slice(at)
  if (formats === undefined || batch === undefined || chunk === undefined || rest.length > 0) {
    throw syntax(
      path,
      `plan key ${JSON.stringify(text)} must have the sections pool:layout:precision:b<batch>:c<chunk>, then perhaps :s<depth>@<acceptance>`,
    )
  }
  const plan: ColocatedPlan = {
    kind: 'colocated',
    pool: sections.slice(0, at).join(':'),
    layout: parseLayout(layout!, path),
    precision: parsePrecision(formats, path),
    batch: lettered('b', batch, path),
    chunk: lettered('c', chunk, path),
  }
  return drafts === undefined ? plan : { ...plan, speculation: parseSpeculation(drafts, path) }
}

function parseLayout(section: string, path: string): Layout {
  const fields = new Map<string, string>()
  for (const part of section.split('.')) {
    const [, name, value] = /^([a-z]+)=?(.*)$/.exec(part) ?? ['', part, '']
    if (!layoutNames.includes(name!)) throw unknown(path, `field "${part}" in layout "${section}"`, didYouMean(name!, layoutNames))
    if (fields.has(name!)) throw syntax(path, `layout "${section}" has ${name} twice`)
    fields.set(name!, value!)
  }
  const width = (name: string) => {
    const value = fields.get(name)
    if (value === undefined) throw syntax(path, `layout "${section}" lacks ${name}`)
    return count(name, value, path)
  }
  const widths = Object.fromEntries(keyWidths.map(([key, field]) => [field, width(key)])) as Record<(typeof keyWidths)[number][1], number>
  const kind = fields.get('spk')
  if (kind === undefined && widths.sp > 1)
    throw syntax(path, `layout "${section}" has sp${widths.sp} without its kind`, `add .spk=${sequenceKinds.join(' or .spk=')}`)
  if (kind !== undefined && widths.sp === 1) throw syntax(path, `layout "${section}" has spk=${kind} with sp1`)
  if (kind !== undefined && !sequenceKinds.includes(kind as SequenceKind))
    throw unknown(path, `sequence kind "${kind}"`, didYouMean(kind, sequenceKinds))
  return completeLayout({
    ...widths,
    spKind: kind as SequenceKind | undefined,
    ffnTp: fields.has('ftp') ? width('ftp') : undefined,
    redundantExperts: fields.has('red') ? width('red') : 0,
  })
}

function parsePrecision(section: string, path: string): Precision {
  const known: readonly string[] = keyPrecisions.map(([key]) => key)
  const given = new Map<string, string>()
  for (const part of section.split(',')) {
    const [, key, value] = /^([^=]*)=?(.*)$/s.exec(part) as unknown as [string, string, string]
    if (given.has(key)) throw syntax(path, `precision "${section}" has ${key} twice`)
    given.set(key, value)
    if (!known.includes(key)) throw unknown(path, `field "${key}" in precision "${section}"`, `known: ${known.join(', ')}`)
    const names = key === 'w' ? ['shipped', ...formatNames] : formatNames
    if (!names.includes(value)) throw unknown(path, `format "${value}" for ${key}`, didYouMean(value, names))
  }
  const missing = known.filter((key) => !given.has(key))
  if (missing.length > 0) throw syntax(path, `precision "${section}" lacks ${missing.join(' and ')}`)
  return Object.fromEntries(keyPrecisions.map(([key, field]) => [field, given.get(key)])) as unknown as Precision
}

function parseSpeculation(section: string, path: string): Speculation {
  const match = /^s(\d+)@([^,]*)(?:,(.*))?$/.exec(section)
  const curve = (match?.[2] ?? '').split('/')
  if (match === null || !curve.every((text) => /^\d*\.?\d+(?:e-?\d+)?$/.test(text))) {
    throw syntax(path, `speculation "${section}" is not s<depth>@<acceptance>`, 'write for example s3@0.7')
  }
  const draft = match[3] as DraftKind | undefined
  if (draft !== undefined && !draftKinds.includes(draft)) throw unknown(path, `draft "${draft}"`, didYouMean(draft, draftKinds))
  const acceptance = curve.length === 1 ? Number(curve[0]) : curve.map(Number)
  return { depth: count('s', match[1]!, path), acceptance, ...(draft !== undefined && draft !== 'mtp' && { draft }) }
}

function lettered(letter: string, section: string, path: string): number {
  if (!section.startsWith(letter)) throw syntax(path, `section "${section}" must be ${letter} and a number`)
  return count(letter, section.slice(1), path)
}

function count(name: string, text: string, path: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= 1 && Number.isSafeInteger(value))) throw syntax(path, `${name} must be a whole number of at least 1, not "${text}"`)
  return value
}

function syntax(path: string, message: string, suggestion?: string): InputError {
  return new InputError({ path, code: 'syntax', message, suggestion })
}

function unknown(path: string, what: string, suggestion: string | undefined): InputError {
  return new InputError({ path, code: 'unknown-name', message: `unknown ${what}`, suggestion })
}
