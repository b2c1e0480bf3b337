import { InputError } from '../spaces/issue.ts'
import { readText } from '../spaces/read.ts'

/** Rows of a CSV file with the number of the line that each begins in. */
export interface Csv {
  readonly file: string
  readonly header: readonly string[]
  readonly rows: readonly { readonly line: number; readonly fields: readonly string[] }[]
}

/** A CSV file as RFC 4180 has it (quoted fields may hold commas, quotes and line breaks); InputError where rows differ in length. */
export function readCsv(file: string): Csv {
  const [first, ...rows] = records(readText(file).replace(/^\uFEFF/, ''), file).filter(({ fields }) => fields.some((field) => field !== ''))
  if (first === undefined) throw new InputError({ path: '', code: 'syntax', message: 'is empty', file })
  const header = first.fields.map((name) => name.trim())
  const ragged = rows.find(({ fields }) => fields.length !== header.length)
  if (ragged !== undefined) {
    const message = `${ragged.fields.length} fields where the first line has ${header.length}`
    throw new InputError({ path: '', code: 'syntax', message, file, line: ragged.line })
  }
  return { file, header, rows }
}

function records(text: string, file: string): Csv['rows'] {
  const rows: { line: number; fields: string[] }[] = []
  // One field and what ends it: quoted, or up to a comma or a line's end.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
  let [line, fields, started] = [1, [] as string[], 1]
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (match === null)
      throw new InputError({ path: '', code: 'syntax', message: 'a quote is not closed, or stands inside a field', file, line })
    const [whole, quoted, plain, end] = match
    fields.push(quoted?.replaceAll('""', '"') ?? plain!)
    line += whole.split(/\r\n|\n|\r/).length - 1
    if (end === ',' && field.lastIndex < text.length) continue
    if (end === ',') fields.push('')
    rows.push({ line: started, fields })
    ;[fields, started] = [[], line]
  }
  return rows
}
