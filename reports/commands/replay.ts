import { Command, Option } from '@commander-js/extra-typings'
import { type Routing, routings } from '../../cost-model/serve/replay/route.ts'
import { findPlan } from '../../optimizer/find-plan.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { replayPlan } from '../../optimizer/replay.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { toolVersion } from '../../optimizer/tool.ts'
import { readTrace } from '../../optimizer/trace/trace.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { reporter } from '../progress.ts'
import { replayFiles, replayJson } from '../replay/files.ts'
import { printReplay } from '../replay/text.ts'
import { assertWritable, writeFolder } from '../write.ts'
import type { CommandSpec, Io } from './command.ts'
import {
  calibrationOption,
  catalogOption,
  jsonOption,
  numberTo,
  positiveNumber,
  priceOption,
  quietOption,
  someText,
  twoRates,
  wholeNumber,
} from './options.ts'

interface ReplayFlags {
  readonly plan: string
  readonly trace?: string | undefined
  readonly rate?: number | undefined
  readonly concurrency?: number | undefined
  readonly requests?: number | undefined
  readonly kvBlocks?: number | undefined
  readonly arrivalCv?: number | undefined
  readonly ramp?: { readonly from: number; readonly to: number } | undefined
  readonly replicas?: 'one' | 'all' | undefined
  readonly routing?: Routing | undefined
  readonly seed?: number | undefined
  readonly out?: string | undefined
  readonly json?: true | undefined
  readonly quiet?: true | undefined
  readonly catalog?: readonly string[] | undefined
  readonly calibration?: string | undefined
  readonly price?: Readonly<Record<string, number>> | undefined
}

/** As many as a trace may have. */
const mostRequests = 4_000_000

export const replayCommand: CommandSpec = {
  name: 'replay',
  summary: 'simulate serving under one plan of a study, engine step by engine step, and write what every request saw',
  example: 'fleetfront replay llama-3.1-8b-on-4-l40s --plan best --out out/my-replay',
  make: (io) =>
    new Command()
      .argument('<study>', 'a YAML or JSON file, or the name of a built-in study')
      .addOption(new Option('--plan <plan>', 'a plan key, an index of the space, or best, as for explain').makeOptionMandatory())
      .addOption(
        new Option('--trace <file>', 'requests of a trace: Azure CSV, Mooncake or OpenAI-style JSON lines, or CSV of arrival_s,isl,osl')
          .argParser(someText)
          .conflicts(['rate', 'concurrency', 'ramp']),
      )
      .addOption(
        new Option('--rate <n>', "Poisson arrivals, requests per second to all replicas (default: the study's arrivals, if it has any)")
          .argParser(positiveNumber)
          .conflicts('concurrency'),
      )
      .addOption(
        new Option('--arrival-cv <cv>', 'of the times between arrivals, gamma-distributed: above 1 burstier than Poisson')
          .argParser(numberTo(20))
          .conflicts(['trace', 'concurrency', 'ramp']),
      )
      .addOption(
        new Option('--ramp <from,to>', 'Poisson arrivals whose rate goes evenly from one to the other, requests per second to all replicas')
          .argParser(twoRates)
          .conflicts(['rate', 'concurrency']),
      )
      .addOption(
        new Option('--concurrency <n>', 'requests that all replicas always hold (default: the batch of the plan each)').argParser(
          wholeNumber(1, mostRequests),
        ),
      )
      .addOption(
        new Option('--requests <n>', 'requests to one replica (default: 10 per slot, 5000 at a rate, the whole trace)').argParser(
          wholeNumber(1, mostRequests),
        ),
      )
      .addOption(
        new Option(
          '--kv-blocks <n>',
          "KV blocks of a rank, such as vLLM's num_gpu_blocks (default: what the plan's memory gives)",
        ).argParser(wholeNumber(1)),
      )
      .addOption(
        new Option('--replicas <which>', 'simulate one replica with its part of the load, or all of them (default: one)').choices([
          'one',
          'all',
        ]),
      )
      .addOption(
        new Option('--routing <policy>', 'to replicas (default: random; a trace round-robin; with --replicas all least-loaded)').choices(
          routings,
        ),
      )
      .addOption(new Option('--seed <n>', 'of arrivals and lengths (default: 1)').argParser(wholeNumber(0)))
      .addOption(
        new Option('--out <dir>', 'folder to write (default: out/<study>-replay); replaced whole if it holds an earlier result').argParser(
          someText,
        ),
      )
      .addOption(priceOption())
      .addOption(catalogOption())
      .addOption(calibrationOption())
      .addOption(jsonOption())
      .addOption(quietOption())
      .action((study, options) => replayStudy(io, study, options)),
}

async function replayStudy(io: Io, study: string, flags: ReplayFlags): Promise<void> {
  const setting = resolveStudy(readStudy(study, openCatalog({ dirs: flags.catalog })), {
    dirs: flags.catalog,
    prices: flags.price,
    calibration: flags.calibration,
  })
  const folder = flags.out ?? `out/${setting.slug}-replay`
  assertWritable(folder)
  const trace = flags.trace === undefined ? undefined : readTrace(flags.trace)
  const started = io.now()
  const progress = reporter(io, flags.quiet === true || flags.plan !== 'best')
  const onProgress = (done: number, total: number) => progress.show({ done, total, elapsed: io.now() - started })
  const found = await findPlan(setting, flags.plan, { signal: io.signal, onProgress }, '--plan')
  progress.end()
  if (found.kind !== 'found') {
    const failed = found.kind === 'failed'
    io.err(`error: ${failed ? `plans ${found.range.from} to ${found.range.to} failed twice: ${found.message}` : found.message}\n`)
    io.exit(failed ? 70 : found.partial ? 4 : 2)
    return
  }
  const { rate, arrivalCv, ramp, concurrency, requests, kvBlocks, replicas, routing, seed = 1 } = flags
  const load = { trace, rate, arrivalCv, ramp, concurrency, requests, kvBlocks, replicas, routing, seed }
  const outcome = replayPlan(setting, found.plan, load)
  if (outcome.kind === 'rejected') {
    io.err(`error: the plan cannot be replayed: ${outcome.reason.message}\n`)
    io.exit(2)
    return
  }
  writeFolder(folder, replayFiles(setting, found, outcome, toolVersion()))
  io.out(
    flags.json ? `${JSON.stringify(replayJson(setting, found, outcome, toolVersion()), null, 2)}\n` : printReplay(setting, found, outcome),
  )
  if (flags.quiet !== true) io.err(`wrote ${folder} in ${(io.now() - started).toFixed(1)} s\n`)
  io.exit(found.partial ? 4 : 0)
}
