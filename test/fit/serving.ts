import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fitServing } from '../../optimizer/fit/serving.ts'
import { enginesOf, overheadLine } from '../../optimizer/fit/written.ts'
import { readMeasured } from '../../optimizer/validate/serving/measured.ts'

// `npm run fit:serving`: fits the constants of engines to measured serving points and writes them into the calibration and the entries.

/** Structures of the model that were fitted and compared on these points, the present one last: what is printed is the best of so many. */
const tried = [
  'scales and host times alone',
  'looks at requests that gather in between',
  'host time per launch where nothing is captured',
  'prompts held back for ten and for sixty steps',
  'host time per request bounded by 20 ms and by 50 ms',
  'a factor of each release',
  'compact kernel models under all of it',
  'arithmetic free and bounded by 1.2',
  'scales known to 15, 7.5 and 5 %, points of a configuration worth 3, 1, 0.6 and 0.3 of one each',
]

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const data = at('../shared/measured/serving.csv')
if (!existsSync(data)) {
  console.log('skipped: the measured points (shared/measured/serving.csv) are not here')
  process.exit(0)
}

const fit = fitServing(readMeasured(data))
const { scales, errors } = enginesOf(fit)
const file = at('cost-model/calibration/engines.json')
const { date } = JSON.parse(readFileSync(file, 'utf8')) as { date: string }
const written = {
  source:
    'npm run fit:serving: bounded robust least squares on ln(predicted / measured) of mean TPOT and TTFT, scales shrunk to 1, on colocated points of measured/serving.csv (InferenceX and AIConfigurator, Apache-2.0; qualities A and B)',
  date,
  notes: `Host times of the same fit are in the entries of the engines. Structures compared on these points: ${tried.length} (${tried.join('; ')}).`,
  scales,
  errors,
}
writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`)
for (const [family, constants] of fit.constants) {
  const entry = at(`spaces/catalog/engines/${family}.yaml`)
  writeFileSync(entry, readFileSync(entry, 'utf8').replace(/^overhead: .*$/m, overheadLine(constants)))
  console.log(`${family}: ${overheadLine(constants)}`)
}
console.table(scales)
const percent = (value: number | undefined) => (value === undefined ? '' : (100 * value).toFixed(1))
console.table(
  errors.map(({ heldOut, order, tpot_ms, ttft_ms, out_tok_s_per_gpu }) => ({
    'held out': heldOut,
    points: tpot_ms?.n,
    ...Object.fromEntries(
      (
        [
          ['TPOT', tpot_ms],
          ['tok/s', out_tok_s_per_gpu],
          ['TTFT', ttft_ms],
        ] as const
      ).flatMap(([name, of]) => [
        [name, percent(of?.mape)],
        [`${name} median`, percent(of?.median)],
        [`${name} log`, percent(of?.meanLog)],
      ]),
    ),
    order: percent(order),
  })),
)
