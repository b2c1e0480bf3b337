import { Command } from '@commander-js/extra-typings'
import { suiteOf, suites } from '../../optimizer/validate/index.ts'
import { holds } from '../../optimizer/validate/suite.ts'
import { printValidation, validationJson } from '../validate-text.ts'
import type { CommandSpec } from './command.ts'
import { jsonOption } from './options.ts'

const listed = suites.map(({ name, summary }) => `${name} (${summary})`).join(', ')

export const validateCommand: CommandSpec = {
  name: 'validate',
  summary: 'compare what is computed here with what others published; exit code 3 where it is out of tolerance',
  example: 'fleetfront validate seeds',
  make: (io) =>
    new Command()
      .argument('<suite>', `one of ${listed}`)
      .addOption(jsonOption())
      .action((name, options) => {
        const suite = suiteOf(name)
        const found = suite.run()
        io.out(options.json ? `${JSON.stringify(validationJson(suite.name, found), null, 2)}\n` : printValidation(suite.name, found))
        io.exit(found.checks.every(holds) ? 0 : 3)
      }),
}
