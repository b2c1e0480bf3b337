import { calibrateCommand } from './calibrate.ts'
import { catalogCommand } from './catalog.ts'
import type { CommandSpec } from './command.ts'
import { completionCommand } from './completion.ts'
import { estimateCommand } from './estimate.ts'
import { explainCommand } from './explain.ts'
import { initCommand } from './init.ts'
import { replayCommand } from './replay.ts'
import { schemaCommand } from './schema.ts'
import { sweepCommand } from './sweep.ts'
import { validateCommand } from './validate.ts'

const working: readonly CommandSpec[] = [
  sweepCommand,
  estimateCommand,
  explainCommand,
  replayCommand,
  catalogCommand,
  validateCommand,
  calibrateCommand,
  initCommand,
  schemaCommand,
]

/** Registry: every subcommand, in the order that help lists them. */
export const commands: readonly CommandSpec[] = [...working, completionCommand(working)]
