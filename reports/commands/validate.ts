import { Command, Option } from '@commander-js/extra-typings'
import { suiteOf, suites } from '../../optimizer/validate/index.ts'
import { holds, type Suite } from '../../optimizer/validate/suite.ts'
import { InputError } from '../../spaces/issue.ts'
import { predictionsCsv, predictionsMark } from '../predictions.ts'
import { printValidation, validationJson } from '../validate-text.ts'
import { assertReplaceableFile, replaceFile } from '../write.ts'
import type { CommandSpec } from './command.ts'
import { jsonOption, positiveNumber } from './options.ts'

const listed = suites.map(({ name, summary }) => `${name} (${summary})`).join(', ')

export const validateCommand: CommandSpec = {
  name: 'validate',
  summary: 'compare what is computed here with what others published; exit code 3 where it is out of tolerance',
  example: 'fleetfront validate seeds',
  make: (io) =>
    new Command()
      .argument('<suite>', `one of ${listed}`)
      .addOption(new Option('--data <file>', 'serving: a CSV file of measured points, columns as in README; operators: a folder of tables'))
      .addOption(new Option('--predictions <file>', 'write a CSV file with what is predicted of each point'))
      .addOption(
        new Option(
          '--max-error <percent>',
          'exit code 3 where the mean absolute error of TTFT, TPOT or throughput, or of a family of ops, is larger',
        ).argParser(positiveNumber),
      )
      .addOption(jsonOption())
      .action(async (name, options) => {
        const suite = suiteOf(name)
        checkOptions(suite, options)
        const { data, predictions, maxError } = options
        if (predictions !== undefined) assertReplaceableFile('--predictions', predictions, predictionsMark)
        const found = await suite.run({ data })
        if (predictions !== undefined) replaceFile('--predictions', predictions, predictionsCsv(found.predictions!), predictionsMark)
        io.out(options.json ? `${JSON.stringify(validationJson(suite.name, found), null, 2)}\n` : printValidation(suite.name, found))
        const tooFar = maxError !== undefined && 100 * found.error! > maxError
        if (tooFar) io.err(`error of ${(100 * found.error!).toFixed(1)} %, more than --max-error ${maxError}\n`)
        io.exit(found.checks.every(holds) && !tooFar ? 0 : 3)
      }),
}

/** Options that a suite has no use for are mistakes. */
function checkOptions({ name, takes = [] }: Suite, options: Readonly<Record<string, unknown>>): void {
  const given = (['data', 'predictions', 'maxError'] as const).find((option) => options[option] !== undefined && !takes.includes(option))
  if (given === undefined) return
  const path = given === 'maxError' ? '--max-error' : `--${given}`
  const message = given === 'predictions' ? `validate ${name} writes no predictions` : `validate ${name} compares no measured points`
  throw new InputError({ path, code: 'conflict', message, suggestion: 'fleetfront validate serving' })
}
