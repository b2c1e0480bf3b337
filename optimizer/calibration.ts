import { fileURLToPath } from 'node:url'
import { type Calibration, calibrationSchema, type EfficiencyRow, efficiencySchema } from '../cost-model/calibration.ts'
import { InputError } from '../spaces/issue.ts'
import { packageRoot } from '../spaces/package-root.ts'
import { readJson, readYaml } from '../spaces/read.ts'
import { parseWith } from '../spaces/validate.ts'
import { inside, issueAt } from '../spaces/where.ts'

/** Part of a calibration and the file of a calibration folder that holds it. */
const files = {
  efficiency: 'efficiency.json',
  collectives: 'collectives.json',
  exchange: 'expert-exchange.json',
  routing: 'routing.json',
  engines: 'engines.json',
  bands: 'bands.json',
} as const

/** The calibration that is built in. InputError where a file of it is missing or malformed. */
export function loadCalibration(): Calibration {
  const root = fileURLToPath(new URL('cost-model/calibration', packageRoot()))
  const parts = Object.entries(files).map(([part, file]) => {
    const path = `${root}/${file}`
    return [part, parseWith(calibrationSchema.shape[part as keyof typeof files], readJson(path), { file: path })] as const
  })
  return calibrationSchema.parse({ id: 'built-in', ...Object.fromEntries(parts) })
}

/**
 * The built-in calibration under the operator constants of a file, whose rows and bases win. `name`: the file as the user wrote it.
 * InputError where it is of another version, malformed, or has constants that no hardware has.
 */
export function calibrationUnder(file: string, name: string): Calibration {
  const { value, where } = readYaml(file)
  const version = (value as { readonly schemaVersion?: unknown } | null)?.schemaVersion
  if (version !== 1) {
    const message = version === undefined ? 'names no schemaVersion' : `is of version ${JSON.stringify(version)}`
    const suggestion = 'this program reads version 1, as calibrate operators writes it'
    throw new InputError(issueAt(inside(where, 'schemaVersion'), { code: 'invalid', message, suggestion }))
  }
  const own = parseWith(efficiencySchema, value, where)
  const builtIn = loadCalibration()
  const { bases, rows, ...rest } = builtIn.efficiency
  const known = new Set([...own.bases, ...bases].map(({ basis }) => basis).concat('any'))
  const at = own.rows.findIndex(({ basis }) => !known.has(basis))
  if (at >= 0) {
    const message = `"${own.rows[at]!.basis}" is no basis: no GPU would use the row`
    throw new InputError(issueAt(inside(where, 'rows', at, 'basis'), { code: 'unknown-name', message, suggestion: 'list it in bases' }))
  }
  const replaced = new Set(own.rows.map(rowKey))
  // The first that fits is taken, of bases and of rows.
  const efficiency = {
    ...{ ...rest, source: own.source, date: own.date, matmul: own.matmul, host: own.host },
    bases: [...own.bases, ...bases],
    rows: [...own.rows, ...rows.filter((row) => !replaced.has(rowKey(row)))],
  }
  return { ...builtIn, id: `${name} over built-in`, efficiency }
}

/** What a row is of. */
function rowKey({ basis, family, phase, format }: EfficiencyRow): string {
  return [basis, family, phase, format].join(' ')
}
