import { fileURLToPath } from 'node:url'
import { type Calibration, calibrationSchema } from '../cost-model/calibration.ts'
import { packageRoot } from '../spaces/package-root.ts'
import { readJson } from '../spaces/read.ts'
import { parseWith } from '../spaces/validate.ts'

/** Part of a calibration and the file of a calibration folder that holds it. */
const files = {
  efficiency: 'efficiency.json',
  collectives: 'collectives.json',
  exchange: 'expert-exchange.json',
  routing: 'routing.json',
  engines: 'engines.json',
} as const

/** The calibration in a folder; by default the one that is built in. InputError where a file is missing or malformed. */
export function loadCalibration(folder?: string): Calibration {
  const root = folder ?? fileURLToPath(new URL('cost-model/calibration', packageRoot()))
  const parts = Object.entries(files).map(([part, file]) => {
    const path = `${root}/${file}`
    return [part, parseWith(calibrationSchema.shape[part as keyof typeof files], readJson(path), { file: path })] as const
  })
  return calibrationSchema.parse({ id: folder === undefined ? 'built-in' : folder, ...Object.fromEntries(parts) })
}
