import { Command, Option } from '@commander-js/extra-typings'
import { type Fidelity, fidelities } from '../../cost-model/column.ts'
import { withChances } from '../../optimizer/chance.ts'
import type { Outcome } from '../../optimizer/outcome.ts'
import { studySpace } from '../../optimizer/plan-space.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { makeResult, nothingServes } from '../../optimizer/result.ts'
import { runStudy } from '../../optimizer/run.ts'
import { toolVersion } from '../../optimizer/tool.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { InputError } from '../../spaces/issue.ts'
import { loadPageAssets } from '../assets.ts'
import { buildReport } from '../build-report.ts'
import { runFiles } from '../outputs.ts'
import { reporter } from '../progress.ts'
import { printSummary } from '../summary.ts'
import { assertWritable, writeFolder } from '../write.ts'
import type { CommandSpec, ExitCode, Io } from './command.ts'
import {
  calibrationOption,
  catalogOption,
  duration,
  jsonOption,
  memorySize,
  priceOption,
  quietOption,
  someText,
  wholeNumber,
} from './options.ts'

/** More threads than machines run at once; each takes memory before it does anything. */
const mostWorkers = 256

interface SweepFlags {
  readonly out?: string | undefined
  readonly json?: true | undefined
  readonly quiet?: true | undefined
  readonly workers?: number | undefined
  readonly keep?: number | undefined
  readonly frontOnly?: true | undefined
  readonly fidelity?: Fidelity | undefined
  readonly budget?: number | undefined
  readonly robust?: true | undefined
  readonly catalog?: readonly string[] | undefined
  readonly calibration?: string | undefined
  readonly price?: Readonly<Record<string, number>> | undefined
}

export const sweepCommand: CommandSpec = {
  name: 'sweep',
  summary: 'search every plan of a study and write its Pareto front as CSV, JSON and HTML',
  example: 'fleetfront sweep llama-3.3-70b-on-64-h100 --out out/my-run --price h100-sxm=2.2',
  make: (io) =>
    new Command()
      .argument('<study>', 'a YAML or JSON file, or the name of a built-in study')
      .addOption(
        new Option('--out <dir>', 'folder to write (default: out/<study>); replaced whole if it holds an earlier result').argParser(
          someText,
        ),
      )
      .addOption(new Option('--workers <n>', 'worker threads, 0 for none (default: as many as pay)').argParser(wholeNumber(0, mostWorkers)))
      .addOption(
        new Option(
          '--keep <size>',
          'keep every plan up to so much memory, like "1 GiB" (default: 40 MiB); beyond it the front alone',
        ).argParser(memorySize),
      )
      .addOption(new Option('--front-only', 'keep the front alone: memory then does not grow with the space').conflicts('keep'))
      .addOption(
        new Option(
          '--fidelity <kind>',
          'closed: all plans in closed form; replay: then those near the front step by step (default: what the study says, else closed)',
        ).choices(fidelities),
      )
      .addOption(
        new Option('--budget <time>', 'time that replays may take, like "30 s"; what they find then depends on the machine').argParser(
          duration,
        ),
      )
      .addOption(
        new Option('--robust', 'SLOs hold at the pessimistic end of the 80 % bands (default: what the study says, else as predicted)'),
      )
      .addOption(priceOption())
      .addOption(catalogOption())
      .addOption(calibrationOption())
      .addOption(jsonOption())
      .addOption(quietOption())
      .action((study, options) => sweep(io, study, options)),
}

async function sweep(io: Io, study: string, flags: SweepFlags): Promise<void> {
  const { catalog: dirs, price: prices, fidelity, budget, robust } = flags
  const setting = resolveStudy(readStudy(study, openCatalog({ dirs })), { dirs, prices, fidelity, robust, calibration: flags.calibration })
  if (budget !== undefined && setting.fidelity === 'closed') throw new InputError(nothingToBound)
  const folder = flags.out ?? `out/${setting.slug}`
  assertWritable(folder)
  const assets = loadPageAssets()
  const started = io.now()
  const progress = reporter(io, flags.quiet === true)
  const end = await runStudy(setting, {
    workers: flags.workers,
    signal: io.signal,
    keepBytes: flags.frontOnly ? 0 : flags.keep,
    budget: budget === undefined ? undefined : { seconds: budget, now: io.now },
    onProgress: (done, total) => progress.show({ done, total, elapsed: io.now() - started }),
    onReplay: (done, total) => progress.show({ done, total, elapsed: io.now() - started, unit: 'replays' }),
  })
  progress.end()
  if (end.kind === 'failed') {
    io.err(`error: plans ${end.range.from} to ${end.range.to} failed twice: ${end.message}; nothing was written\n`)
    io.exit(70)
    return
  }
  const space = studySpace(setting)
  const outcome = withChances(setting, space, end.outcome)
  const result = makeResult(setting, outcome, toolVersion())
  const report = buildReport(setting, space, outcome, result)
  writeFolder(folder, await runFiles(setting, space, outcome, result, report, assets))
  io.out(flags.json ? `${JSON.stringify(result, null, 2)}\n` : printSummary(report, result))
  if (!flags.quiet) io.err(`wrote ${folder} in ${(io.now() - started).toFixed(1)} s\n`)
  io.exit(exitCode(end.outcome))
}

const nothingToBound = {
  path: '--budget',
  code: 'conflict',
  message: 'bounds the time of replays, and this sweep has none',
  suggestion: 'add --fidelity replay',
}

function exitCode(outcome: Outcome): ExitCode {
  if (outcome.partial) return 4
  return nothingServes(outcome) ? 2 : 0
}
