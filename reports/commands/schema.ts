import { Command } from '@commander-js/extra-typings'
import { jsonSchemas } from '../../optimizer/json-schemas.ts'
import { InputError } from '../../spaces/issue.ts'
import { didYouMean } from '../../spaces/suggest.ts'
import { csvSchema } from '../csv-schema.ts'
import type { CommandSpec } from './command.ts'
import { jsonOption } from './options.ts'

const schemas: Readonly<Record<string, () => object>> = { ...jsonSchemas, csv: csvSchema }
const names = Object.keys(schemas)

export const schemaCommand: CommandSpec = {
  name: 'schema',
  summary: 'print the JSON Schema of a study or of an output',
  example: 'fleetfront schema study > study.schema.json',
  make: (io) =>
    new Command()
      .argument('<what>', `one of ${names.join(', ')}`)
      .addOption(jsonOption())
      .action((what) => {
        const make = schemas[what]
        if (make === undefined) {
          const suggestion = didYouMean(what, names) ?? `one of ${names.join(', ')}`
          throw new InputError({ path: 'what', code: 'unknown-name', message: `no schema is called "${what}"`, suggestion })
        }
        io.out(`${JSON.stringify(make(), null, 2)}\n`)
      }),
}
