import { Command } from '@commander-js/extra-typings'
import { type Catalog, type CatalogKind, catalogKinds, openCatalog } from '../../spaces/catalog.ts'
import { InputError } from '../../spaces/issue.ts'
import { didYouMean } from '../../spaces/suggest.ts'
import { catalogLists } from '../catalog-list.ts'
import { showEntry } from '../catalog-show.ts'
import { printTable } from '../table.ts'
import type { CommandSpec, Io } from './command.ts'
import { catalogOption, jsonOption } from './options.ts'

export const catalogCommand: CommandSpec = {
  name: 'catalog',
  summary: 'list, search and show models, GPUs, nodes, engines, workloads and studies, with sources',
  example: 'fleetfront catalog show gpu h100-sxm',
  make: (io) =>
    new Command()
      .addCommand(
        new Command('list')
          .description('all things of a kind')
          .addHelpText('after', example('list gpus'))
          .argument('[kind]', `one of ${catalogKinds.join(', ')}`)
          .addOption(catalogOption())
          .addOption(jsonOption())
          .action((kind, options) => list(io, openCatalog({ dirs: options.catalog }), kinds(kind), undefined, options.json === true)),
      )
      .addCommand(
        new Command('search')
          .description('things whose id or name has every word')
          .addHelpText('after', example('search llama 70b'))
          .argument('<words...>', 'what to look for')
          .addOption(catalogOption())
          .addOption(jsonOption())
          .action((words, options) =>
            list(io, openCatalog({ dirs: options.catalog }), catalogKinds, words.join(' '), options.json === true),
          ),
      )
      .addCommand(
        new Command('show')
          .description('one thing: every figure with its source, date and confidence')
          .addHelpText('after', example('show gpu h100-sxm'))
          .argument('<kind>', `one of ${catalogKinds.join(', ')}`)
          .argument('<name>', 'its id or short name')
          .addOption(catalogOption())
          .addOption(jsonOption())
          .action((kind, name, options) => {
            const entry = openCatalog({ dirs: options.catalog }).entry(kinds(kind)[0], name, { path: ['name'] })
            io.out(options.json ? `${JSON.stringify({ origin: entry.origin, ...(entry.value as object) }, null, 2)}\n` : showEntry(entry))
          }),
      ),
}

function example(line: string): string {
  return `\nExample:\n  fleetfront catalog ${line}`
}

/** The kind a person named, singular or plural; all of them where none was. */
function kinds(name: string | undefined): readonly CatalogKind[] {
  if (name === undefined) return catalogKinds
  const found = catalogKinds.find((kind) => name === kind || name === `${kind}s` || (kind === 'study' && name === 'studies'))
  if (found !== undefined) return [found]
  throw new InputError({
    path: 'kind',
    code: 'unknown-name',
    message: `unknown kind "${name}"`,
    suggestion: didYouMean(name, catalogKinds) ?? `one of ${catalogKinds.join(', ')}`,
  })
}

function list(io: Io, catalog: Catalog, which: readonly CatalogKind[], words: string | undefined, json: boolean): void {
  const found = which.map((kind) => ({ kind, ids: words === undefined ? catalog.list(kind) : catalog.search(kind, words) }))
  if (json) {
    io.out(`${JSON.stringify(Object.fromEntries(found.map(({ kind, ids }) => [kind, ids])), null, 2)}\n`)
    return
  }
  const shown = found.filter(({ ids }) => ids.length > 0)
  if (shown.length === 0) io.out(`nothing in the catalogue has all of: ${words}\n`)
  for (const { kind, ids } of shown) {
    const { header, row } = catalogLists[kind]
    io.out(
      `${kind} (${ids.length})\n${printTable(
        header,
        ids.map((id) => row(catalog, id)),
      )}\n\n`,
    )
  }
}
