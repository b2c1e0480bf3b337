import { Command } from '@commander-js/extra-typings'
import { openCatalog } from '../../spaces/catalog.ts'
import { InputError } from '../../spaces/issue.ts'
import { readText } from '../../spaces/read.ts'
import { writeNewFile } from '../write.ts'
import type { CommandSpec, Io } from './command.ts'
import { jsonOption } from './options.ts'

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'write a commented study to start from',
  example: 'fleetfront init my-study.yaml --from deepseek-v3-on-32-h200',
  make: (io) =>
    new Command()
      .argument('[file]', 'file to write; never overwritten', 'study.yaml')
      .option('--from <study>', 'built-in study to copy', 'llama-3.3-70b-on-64-h100')
      .addOption(jsonOption())
      .action((file, options) => init(io, file, options.from, options.json === true)),
}

function init(io: Io, file: string, from: string, json: boolean): void {
  if (!/\.ya?ml$/i.test(file)) {
    const suggestion = `for example ${file === '' ? 'study' : file}.yaml`
    throw new InputError({ path: 'file', code: 'invalid', message: `"${file}" does not end in .yaml or .yml`, suggestion })
  }
  const entry = openCatalog().entry('study', from, { path: ['--from'] })
  // A study's name is where its results go: two studies of one name would replace each other's.
  const name = file.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/i, '')
  const text = readText(entry.file as string).replace(/^name: .*$/m, `name: ${JSON.stringify(name)}`)
  writeNewFile('file', file, text)
  if (json) io.out(`${JSON.stringify({ schemaVersion: 1, file, from: entry.id, name }, null, 2)}\n`)
  io.err(`wrote ${file}; edit it, then: fleetfront sweep ${file}\n`)
}
