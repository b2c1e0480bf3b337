import { InputError, type Issue } from '../../../spaces/issue.ts'
import { didYouMean } from '../../../spaces/suggest.ts'
import { type Csv, readCsv } from '../../csv.ts'

/** One measured point of serving, as a CSV row states it: words as they stand, '' where a cell is blank or the column absent. */
export interface Measured {
  readonly id: string
  readonly line: number
  readonly text: (column: TextColumn) => string
  /** Undefined where blank; NaN where it is no number. Latencies in milliseconds. */
  readonly number: (column: NumberColumn) => number | undefined
}

const required = ['model', 'gpu', 'engine', 'precision', 'isl', 'osl', 'concurrency', 'tpot_ms'] as const
const texts = [
  'row_id',
  'quality',
  'model',
  'gpu',
  'engine',
  'engine_version',
  'precision',
  'serving_mode',
  'layout',
  'length_dist',
] as const
const moreTexts = ['kv_dtype', 'statistic', 'source', 'spec_decode', 'measured_on'] as const
const widths = ['gpus', 'tp', 'dp', 'ep', 'moe_tp'] as const
const sides = ['prefill', 'decode'] as const
const lengths = ['pp', 'isl', 'osl', 'isl_mean', 'osl_mean', 'concurrency', 'max_batched_tokens', 'max_seqs', 'prompts_per_slot'] as const
const latencies = ['ttft_ms', 'tpot_ms', 'e2e_ms', 'out_tok_s_per_gpu'] as const
type TextColumn = (typeof texts)[number] | (typeof moreTexts)[number]
type SideColumn = `${(typeof sides)[number]}_${(typeof widths)[number] | 'workers'}`
type CountColumn = (typeof widths)[number] | (typeof lengths)[number] | SideColumn
type NumberColumn = CountColumn | (typeof latencies)[number]

const sideColumns = sides.flatMap((side) => [...widths, 'workers' as const].map((name) => `${side}_${name}` as SideColumn))

/** Columns of numbers that are at least 1. */
export const numberColumns: readonly CountColumn[] = [...widths, ...lengths, ...sideColumns]

const known: readonly string[] = [...texts, ...moreTexts, ...numberColumns, ...latencies]

/** Rows of a measurement CSV. InputError where a column that every prediction needs is missing, or is there twice. */
export function readMeasured(file: string): readonly Measured[] {
  const csv = readCsv(file)
  const columns = csv.header.map((name) => columnOf(name, csv.file))
  const missing = required.filter((name) => !columns.some((column) => column.name === name))
  if (missing.length > 0) throw new InputError(missing.map((name) => missingColumn(name, csv)))
  const twice = columns.find(({ name }, i) => known.includes(name) && columns.findIndex((other) => other.name === name) < i)
  if (twice !== undefined) {
    throw new InputError({ path: '', code: 'conflict', message: `column ${twice.name} is there twice`, file, line: 1 })
  }
  const place = new Map(columns.map((column, i) => [column.name, { i, scale: column.scale }]))
  return csv.rows.map(({ line, fields }) => {
    const text = (name: string) => fields[place.get(name)?.i ?? -1]?.trim() ?? ''
    const number = (name: string) => (text(name) === '' ? undefined : Number(text(name)) * place.get(name)!.scale)
    return { id: text('row_id') === '' ? `line ${line}` : text('row_id'), line, text, number }
  })
}

const milliseconds: Readonly<Record<string, number>> = { s: 1e3, ms: 1, us: 1e-3, µs: 1e-3 }

/** `ttft_s`, `TTFT (ms)` and `tpot_ms [s]` name latencies whose unit is in the header. */
function columnOf(written: string, file: string): { readonly name: string; readonly scale: number } {
  const [, bare = written, bracketed] = /^(.*?)\s*[[(]\s*([^\])]*?)\s*[\])]$/.exec(written) ?? []
  const lower = bare.toLowerCase()
  const [, latency, suffix] = /^(ttft|tpot|e2e)(?:_(ms|s|us))?$/.exec(lower) ?? []
  if (latency === undefined) return { name: lower, scale: 1 }
  const unit = bracketed ?? suffix ?? 'ms'
  const scale = milliseconds[unit.toLowerCase()]
  if (scale !== undefined) return { name: `${latency}_ms`, scale }
  const suggestion = 'write ttft_ms, or ttft (s)'
  throw new InputError({
    path: '',
    code: 'unknown-unit',
    message: `"${unit}" in the header ${written} is no unit of time`,
    file,
    line: 1,
    suggestion,
  })
}

function missingColumn(name: string, { header, file }: Csv): Issue {
  const close = didYouMean(name, header)
  return {
    path: '',
    code: 'missing-column',
    message: `no column ${name}`,
    file,
    line: 1,
    ...(close !== undefined && { suggestion: close }),
  }
}
