import { readFileSync, writeFileSync } from 'node:fs'
import { bandsSchema } from '../../cost-model/bands/schema.ts'
import { fitBands } from '../../optimizer/fit/bands/fit.ts'
import { residualsOf } from '../../optimizer/fit/bands/residual.ts'
import { readMeasured } from '../../optimizer/validate/serving/measured.ts'
import { predictAll } from '../../optimizer/validate/serving/predict.ts'
import { packageFile } from '../../spaces/package-root.ts'
import { needs } from '../needs.ts'

// `npm run fit:bands`: rebuilds cost-model/calibration/bands.json from measured serving points and what is predicted of them now.

const notes =
  'Quantiles of ln(measured / predicted): 10 %, 50 %, 90 % over points of quality A (TTFT) or A and B, conformal: points weigh the same, n + 1 over configurations (model, GPU, engine, precision, layout). known, beyond-measured, kv-limited: points in the regime that they are in without their own configuration. unseen-model, -gpu, -generation: all points, less the median error of the other models, chips, generations (an approximation: constants are not fitted again); at least as wide as known (unseen-generation: as unseen-gpu). Regimes of fewer than 10 configurations are at least as wide as known.'

const shared = needs('shared')
if (shared === undefined) console.log('skipped: bands are fitted to measured points, and ../shared is not there')
else {
  const residuals = residualsOf(predictAll(readMeasured(`${shared}/measured/serving.csv`)))
  const fitted = fitBands(residuals)
  const file = packageFile('cost-model/calibration/bands.json')
  const head = {
    source: 'serving.csv of the measured data (InferenceX and AIConfigurator, Apache-2.0), as this version predicts it',
    date: (JSON.parse(readFileSync(file, 'utf8')) as { date: string }).date,
    notes,
  }
  const bands = bandsSchema.parse({ ...head, ...fitted })
  writeFileSync(file, print(bands))
  for (const { mode, regime, groups, ttft, tpot, throughput } of bands.bands) console.log(mode, regime, groups, ttft, tpot, throughput)
}

/** One row per line. */
function print(bands: object): string {
  const parts = Object.entries(bands).map(([key, value]) => {
    const text = Array.isArray(value) ? `[\n${value.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]` : JSON.stringify(value)
    return `  ${JSON.stringify(key)}: ${text}`
  })
  return `{\n${parts.join(',\n')}\n}\n`
}
