import { Argument, Command } from '@commander-js/extra-typings'
import { completionScript, shells } from '../completion.ts'
import type { CommandSpec, Io } from './command.ts'

/** Completes the given commands. */
export function completionCommand(commands: readonly CommandSpec[]): CommandSpec {
  return {
    name: 'completion',
    summary: 'print a completion script for your shell',
    example: 'source <(fleetfront completion bash)',
    make: (io) =>
      new Command().addArgument(new Argument('<shell>', 'your shell').choices(shells)).action((shell) => {
        const nodes = commands.map((command) => node(command, io))
        io.out(completionScript(shell, 'fleetfront', nodes))
      }),
  }
}

function node({ name, summary, make }: CommandSpec, io: Io) {
  const command = make(io)
  const flags = command.options.flatMap((o) => (o.long ? [o.long] : []))
  return { name, summary, flags, words: command.commands.map((c) => c.name()) }
}
