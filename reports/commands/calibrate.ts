import { Command, Option } from '@commander-js/extra-typings'
import { calibrateOperators, efficiencyJson, efficiencyMark } from '../../optimizer/calibrate/operators.ts'
import { fitMetrics, fitTables } from '../../optimizer/calibrate/tables.ts'
import { loadCalibration } from '../../optimizer/calibration.ts'
import { databaseTables, skippedRows } from '../../optimizer/validate/operators/database-tables.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { printFigures } from '../validate-text.ts'
import { assertReplaceableFile, replaceFile } from '../write.ts'
import type { CommandSpec, Io } from './command.ts'
import { catalogOption, day, jsonOption } from './options.ts'

const example = 'fleetfront calibrate operators tables --as-of 2026-08 --out calibration.json'

export const calibrateCommand: CommandSpec = {
  name: 'calibrate',
  summary: 'fit the constants of the cost model to times that you measured',
  example,
  make: (io) => new Command().addCommand(operators(io)),
}

function operators(io: Io) {
  return new Command('operators')
    .description('fit efficiencies of products, attention and experts to a folder in the layout of an AIConfigurator performance database')
    .addHelpText('after', `\nExample:\n  ${example}`)
    .argument('<folder>', 'SYSTEM/FAMILY/ENGINE/VERSION/*.parquet')
    .requiredOption('--out <file>', 'calibration file to write')
    .addOption(new Option('--as-of <date>', 'when the times were measured, which the file states').argParser(day).makeOptionMandatory())
    .addOption(catalogOption())
    .addOption(jsonOption())
    .action(async (folder, { out, asOf, catalog: dirs, json }) => {
      assertReplaceableFile('--out', out, efficiencyMark)
      const { database, fit, efficiency } = await calibrateOperators(folder, asOf, loadCalibration(), openCatalog({ dirs }))
      replaceFile('--out', out, efficiencyJson(efficiency), efficiencyMark)
      const { changed, kept } = fit
      const found = { schemaVersion: 1, file: out, changed, kept, metrics: fitMetrics(fit), skipped: skippedRows(database) }
      const tables = [...fitTables(fit), ...databaseTables(database)].filter(({ rows }) => rows.length > 0)
      io.out(json ? `${JSON.stringify(found, null, 2)}\n` : `${tables.map(printFigures).join('\n\n')}\n`)
      io.err(`wrote ${out}\n`)
    })
}
