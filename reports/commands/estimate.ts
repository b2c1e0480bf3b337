import { Command, Option } from '@commander-js/extra-typings'
import { type Estimate, estimatePlan } from '../../optimizer/estimate.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { InputError } from '../../spaces/issue.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import { makeSpace } from '../../spaces/space.ts'
import { type EstimateFlags, flagName, studyOfFlags, studyOfPlan } from '../estimate-study.ts'
import { estimateJson, printEstimate } from '../estimate-text.ts'
import type { CommandSpec, Io } from './command.ts'
import { calibrationOption, catalogOption, jsonOption, numberTo, priceOption, share, wholeNumber } from './options.ts'

type Flags = EstimateFlags & {
  readonly plan?: string | undefined
  readonly json?: true | undefined
  readonly catalog?: readonly string[] | undefined
  readonly calibration?: string | undefined
  readonly price?: Readonly<Record<string, number>> | undefined
}

const width = (flags: string, doc: string) => new Option(`${flags} <n>`, doc).argParser(wholeNumber(1))
/** Flags whose value a plan key has. */
const layoutFlags = ['dp', 'pp', 'tp', 'attentionDp', 'sp', 'spKind', 'dcp', 'ffnTp', 'ep', 'moeDp', 'redundantExperts']
const choiceFlags = ['weights', 'activations', 'kv', 'comm', 'batch', 'chunk']

const word = (flags: string, doc: string) => new Option(`${flags} <name>`, doc)

export const estimateCommand: CommandSpec = {
  name: 'estimate',
  summary: 'predict one plan from flags: latency, throughput, memory, cost and energy',
  example:
    'fleetfront estimate --model llama-3.3-70b-instruct --gpu h100-sxm --tp 8 --weights fp8 --kv fp8 --batch 32 --isl 4000 --osl 500',
  make: (io) =>
    new Command()
      .addOption(word('--model', 'model of the catalogue').makeOptionMandatory())
      .addOption(word('--gpu', 'GPU of the catalogue'))
      .addOption(word('--node', 'node of the catalogue: brings GPU and links'))
      .addOption(new Option('--engine <name>', 'serving engine').default('vllm'))
      .addOption(word('--workload', 'workload of the catalogue, instead of the three flags below').conflicts(['isl', 'osl', 'prefixHit']))
      .addOption(width('--isl', 'prompt tokens (default 1000)'))
      .addOption(width('--osl', 'output tokens (default 1000)'))
      .addOption(new Option('--prefix-hit <share>', 'share of the prompt in the prefix cache').argParser(share))
      .addOption(new Option('--expert-exponent <a>', 'popularity of the i-th most used expert is i^-a').argParser(numberTo(4)))
      .addOption(
        new Option('--expert-staleness <share>', 'of the gain of redundant experts, lost as popularity moves').argParser(numberTo(1)),
      )
      .addOption(
        new Option('--rate <n>', 'requests/s that arrive (Poisson) at all replicas, instead of a batch that never empties').argParser(
          numberTo(1e7),
        ),
      )
      .addOption(
        new Option('--arrival-cv <cv>', 'of the times between these (default 1: Poisson; above: in bursts)').argParser(numberTo(20)),
      )
      .addOption(new Option('--ttft <time>', 'SLO, like "2 s"'))
      .addOption(new Option('--tpot <time>', 'SLO, like "30 ms"'))
      .addOption(new Option('--percentile <n>', 'of the requests that must meet it (default: the mean)').argParser(wholeNumber(1, 99)))
      .addOption(width('--dp', 'replicas'))
      .addOption(width('--pp', 'pipeline stages'))
      .addOption(width('--tp', 'tensor parallelism of attention'))
      .addOption(width('--attention-dp', 'data parallelism of attention inside a stage'))
      .addOption(width('--sp', 'sequence parallelism of prefill'))
      .addOption(new Option('--sp-kind <kind>', 'its kind').choices(['ring', 'all-to-all', 'all-gather']))
      .addOption(width('--dcp', 'decode context parallelism inside TP'))
      .addOption(width('--ffn-tp', 'tensor parallelism of dense FFNs (default: as attention)'))
      .addOption(width('--ep', 'expert parallelism; experts are cut by TP over the rest of the stage'))
      .addOption(width('--moe-dp', 'data parallelism of experts'))
      .addOption(new Option('--redundant-experts <n>', 'replicas of hot experts').argParser(wholeNumber(0)))
      .addOption(word('--weights', 'format of linear weights (default: as shipped)'))
      .addOption(word('--activations', 'format of GEMM activations (default: as the weights)'))
      .addOption(word('--kv', 'format of the KV cache (default: as the checkpoint)'))
      .addOption(word('--comm', 'format of collectives'))
      .addOption(width('--batch', 'concurrent requests per replica (default 1); with --rate the most at once (default 64)'))
      .addOption(width('--chunk', "token budget of a step (default: the engine's)"))
      .addOption(
        new Option(
          '--plan <key>',
          'a plan key, instead of the flags for widths, formats, batch and chunk; also the GPU where the pool is called so',
        ).conflicts([...layoutFlags, ...choiceFlags]),
      )
      .addOption(priceOption())
      .addOption(catalogOption())
      .addOption(calibrationOption())
      .addOption(jsonOption())
      .action((flags) => estimate(io, flags as Flags)),
}

function estimate(io: Io, flags: Flags): void {
  const { setting, found } = estimateOf(flags)
  io.out(flags.json ? `${JSON.stringify(estimateJson(found), null, 2)}\n` : printEstimate(setting, found))
  io.exit(found.rejected === null && found.misses.length === 0 ? 0 : 2)
}

function estimateOf(flags: Flags): { readonly setting: Setting; readonly found: Estimate } {
  const plan = flags.plan === undefined ? undefined : parsePlanKey(flags.plan, '--plan')
  if (flags.arrivalCv !== undefined && flags.rate === undefined) {
    throw new InputError({ path: '--arrival-cv', code: 'missing-key', message: 'needs a --rate of arrivals' })
  }
  if (plan === undefined) checkWidths(flags)
  if (plan === undefined && !hasHardware(flags)) {
    throw new InputError({ path: '--gpu', code: 'missing-key', message: 'name a GPU or a node', suggestion: 'like --gpu h100-sxm' })
  }
  try {
    const written = plan === undefined ? studyOfFlags(flags) : studyOfPlan(flags, plan)
    const setting = resolveStudy(written, { dirs: flags.catalog, prices: flags.price, calibration: flags.calibration })
    return { setting, found: estimatePlan(setting, plan ?? makeSpace(setting.scenario, setting.axes).at(0)) }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const ofPlan = plan !== undefined && !hasHardware(flags)
    const name = (path: string) => (ofPlan && path.startsWith('fleet[') ? '--plan' : flagName(path))
    throw new InputError(error.issues.map((issue) => ({ ...issue, path: name(issue.path) })))
  }
}

function hasHardware({ gpu, node }: EstimateFlags): boolean {
  return gpu !== undefined || node !== undefined
}

/** The views of a stage use the same GPUs, all of them. */
function checkWidths({ tp = 1, sp = 1, attentionDp = 1, dcp = 1, ep = 1, moeDp = 1, ffnTp = 1 }: EstimateFlags): void {
  const stage = tp * sp * attentionDp
  const gpus = `the ${stage} GPUs of a stage (tp ${tp} x sp ${sp} x attention-dp ${attentionDp})`
  const checks = [
    { holds: tp % dcp === 0, path: '--dcp', message: `dcp ${dcp} does not divide tp ${tp}` },
    { holds: stage % ffnTp === 0, path: '--ffn-tp', message: `ffn-tp ${ffnTp} does not divide ${gpus}` },
    {
      holds: stage % (ep * moeDp) === 0,
      path: ep > 1 ? '--ep' : '--moe-dp',
      message: `ep ${ep} x moe-dp ${moeDp} does not divide ${gpus}`,
    },
  ]
  const broken = checks.filter(({ holds }) => !holds)
  if (broken.length > 0) throw new InputError(broken.map(({ path, message }) => ({ path, code: 'conflict', message })))
}
