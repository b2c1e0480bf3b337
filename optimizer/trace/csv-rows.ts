import { InputError, type Issue } from '../../spaces/issue.ts'
import type { Rows, TraceRow } from './trace.ts'

/** Columns of the CSV formats; `cached` and `session` may be absent. */
const formats = [
  { format: 'azure', time: 'TIMESTAMP', isl: 'ContextTokens', osl: 'GeneratedTokens', cached: undefined, session: undefined },
  { format: 'fleetfront', time: 'arrival_s', isl: 'isl', osl: 'osl', cached: 'cached', session: 'session' },
] as const

/** Azure's public traces (CC-BY-4.0, Splitwise, ISCA'24) or ours, told apart by the header. */
export function csvRows(header: string, file: string): Rows {
  const names = header.split(',').map((name) => name.trim())
  const format = formats.find(({ time }) => names.includes(time))
  if (format === undefined) {
    const message = `no known trace: its first line names neither ${formats.map(({ time }) => time).join(' nor ')}`
    throw new InputError({
      path: '',
      code: 'unknown-format',
      message,
      file,
      line: 1,
      suggestion: 'write arrival_s,isl,osl in the first line',
    })
  }
  const missing = [format.time, format.isl, format.osl].filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new InputError({ path: '', code: 'missing-column', message: `no column ${missing.join(', ')}`, file, line: 1 })
  }
  const columns = [format.time, format.isl, format.osl, format.cached, format.session]
  const [time, isl, osl, cached, session] = columns.map((name) => names.indexOf(name ?? ''))
  const clock = format.format === 'azure' ? dateSeconds : numberOf
  return {
    format: format.format,
    row: (text, line): TraceRow | Issue => {
      const fields = text.split(',')
      if (fields.length !== names.length) {
        return { path: '', code: 'syntax', message: `${fields.length} fields where the first line has ${names.length}`, file, line }
      }
      const row = {
        time: clock(fields[time]),
        isl: numberOf(fields[isl]),
        osl: numberOf(fields[osl]),
        cached: cached < 0 ? 0 : numberOf(fields[cached]),
        session: session < 0 ? undefined : fields[session].trim(),
      }
      const wrong = Object.entries({ [format.time]: row.time, [format.isl]: row.isl, [format.osl]: row.osl }).find(([, v]) =>
        Number.isNaN(v),
      )
      if (wrong === undefined) return row
      return { path: '', code: 'syntax', message: `"${fields[names.indexOf(wrong[0])]}" is no ${wrong[0]}`, file, line }
    },
  }
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** `2023-11-16 18:17:03.9799600` as seconds, UTC; plain seconds too. */
function dateSeconds(text: string): number {
  const [, day, clock, fraction = '0'] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?Z?$/.exec(text.trim()) ?? []
  return day === undefined ? numberOf(text) : Date.parse(`${day}T${clock}Z`) / 1e3 + Number(`0.${fraction}`)
}
