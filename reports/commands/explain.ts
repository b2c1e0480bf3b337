import { Command, Option } from '@commander-js/extra-typings'
import type { Phase } from '../../cost-model/graph.ts'
import { type Explained, explainInSetting } from '../../optimizer/explain.ts'
import { type FoundPlan, findPlan, type PlanSearch } from '../../optimizer/find-plan.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { toolVersion } from '../../optimizer/tool.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { InputError } from '../../spaces/issue.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { graphDot } from '../explain/dot.ts'
import { drawable } from '../explain/drawable.ts'
import { graphMermaid } from '../explain/mermaid.ts'
import { type ExplainedPlan, explainPage, pageMark } from '../explain/page.ts'
import { explanationJson } from '../explain-json.ts'
import { printExplanation } from '../explain-text/text.ts'
import { reporter } from '../progress.ts'
import { assertReplaceableFile, replaceFile } from '../write.ts'
import type { CommandSpec, ExitCode, Io } from './command.ts'
import { calibrationOption, catalogOption, jsonOption, priceOption, quietOption, someText } from './options.ts'

interface ExplainFlags {
  readonly plan: string
  readonly phase?: Phase | undefined
  readonly all?: true | undefined
  readonly json?: true | undefined
  readonly html?: string | undefined
  readonly dot?: true | undefined
  readonly mermaid?: true | undefined
  readonly quiet?: true | undefined
  readonly catalog?: readonly string[] | undefined
  readonly calibration?: string | undefined
  readonly price?: Readonly<Record<string, number>> | undefined
}

export const explainCommand: CommandSpec = {
  name: 'explain',
  summary: 'show where the time and the memory of one plan of a study go, and what would help',
  example: 'fleetfront explain llama-3.1-8b-on-4-l40s --plan best',
  make: (io) =>
    new Command()
      .argument('<study>', 'a YAML or JSON file, or the name of a built-in study')
      .addOption(
        new Option(
          '--plan <plan>',
          'a plan key, an index of the space (1234, or 1234@ and the first letters of the study hash), or best: sweeps and takes the first recommendation',
        ).makeOptionMandatory(),
      )
      .addOption(new Option('--phase <phase>', 'one phase alone').choices(['prefill', 'decode'] as const))
      .addOption(new Option('--all', 'every op and every stage, not the largest alone'))
      .addOption(new Option('--html <file>', 'also draw it: one page that works offline; replaces an earlier one').argParser(someText))
      .addOption(new Option('--dot', 'print the op graph for Graphviz instead').conflicts(['json', 'mermaid']))
      .addOption(new Option('--mermaid', 'print the op graph as a Mermaid flowchart instead').conflicts(['json', 'dot']))
      .addOption(priceOption())
      .addOption(catalogOption())
      .addOption(calibrationOption())
      .addOption(jsonOption())
      .addOption(quietOption())
      .action((study, options) => explain(io, study, options)),
}

async function explain(io: Io, study: string, flags: ExplainFlags): Promise<void> {
  const setting = resolveStudy(readStudy(study, openCatalog({ dirs: flags.catalog })), {
    dirs: flags.catalog,
    prices: flags.price,
    calibration: flags.calibration,
  })
  if (flags.html !== undefined) assertReplaceableFile('--html', flags.html, pageMark)
  const found = await search(io, setting, flags)
  if (found.kind !== 'found') {
    const failed = found.kind === 'failed'
    const message = failed ? `plans ${found.range.from} to ${found.range.to} failed twice: ${found.message}` : found.message
    io.err(`error: ${message}\n`)
    io.exit(failed ? 70 : found.partial ? 4 : 2)
    return
  }
  const { plan } = found
  if (plan.kind === 'disaggregated')
    throw new InputError({ path: '--plan', code: 'unsupported', message: 'separate workers are not explained yet' })
  const one = { ...found, plan }
  const explained = explainInSetting(setting, plan)
  const drawn = drawable(setting, one, explained, flags.phase)
  io.out(graphText(drawn, flags) ?? explanationText(setting, one, explained, flags))
  draw(io, drawn, flags)
  io.exit(exitCode(found, explained))
}

function explanationText(
  setting: Setting,
  found: FoundPlan<ColocatedPlan>,
  explained: Explained,
  { json, all, phase }: ExplainFlags,
): string {
  return json
    ? `${JSON.stringify(explanationJson(setting, found, explained, toolVersion()), null, 2)}\n`
    : printExplanation(setting, found, explained, { all: all === true, phase })
}

/** The graph as text, where that is asked for. */
function graphText(drawn: ExplainedPlan | undefined, { dot, mermaid }: ExplainFlags): string | undefined {
  if (drawn === undefined) return dot || mermaid ? '' : undefined
  if (dot) return graphDot(drawn.explanation, `${drawn.title}: ${drawn.plan}`)
  return mermaid ? graphMermaid(drawn.explanation) : undefined
}

function draw(io: Io, drawn: ExplainedPlan | undefined, { html, dot, mermaid, quiet }: ExplainFlags): void {
  if (drawn === undefined) {
    if (html !== undefined || dot || mermaid) io.err('note: nothing is drawn: the plan does not run\n')
  } else if (html !== undefined) {
    replaceFile('--html', html, explainPage(drawn), pageMark)
    if (quiet !== true) io.err(`wrote ${html}\n`)
  }
}

async function search(io: Io, setting: Setting, { plan, quiet }: ExplainFlags): Promise<PlanSearch> {
  const started = io.now()
  const progress = reporter(io, quiet === true || plan !== 'best')
  const onProgress = (done: number, total: number) => progress.show({ done, total, elapsed: io.now() - started })
  const found = await findPlan(setting, plan, { signal: io.signal, onProgress }, '--plan')
  progress.end()
  return found
}

function exitCode({ partial }: FoundPlan, { kind, estimate: { misses } }: Explained): ExitCode {
  if (partial) return 4
  return kind === 'runs' && misses.length === 0 ? 0 : 2
}
