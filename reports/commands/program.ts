import { Command, CommanderError } from '@commander-js/extra-typings'
import { toolVersion } from '../../optimizer/tool.ts'
import { formatIssue, InputError } from '../../spaces/issue.ts'
import type { ExitCode, Io } from './command.ts'
import { commands } from './index.ts'

/** Runs one command line to its end. Whatever happens becomes an exit code and, where something is wrong, a line per problem on stderr. */
export async function runProgram(argv: readonly string[], world: Omit<Io, 'exit'>): Promise<ExitCode> {
  let code: ExitCode = 0
  const io: Io = {
    ...world,
    exit: (asked) => {
      code = asked
    },
  }
  try {
    await program(io).parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1
    if (error instanceof InputError) {
      for (const issue of error.issues) io.err(`error: ${formatIssue(issue)}\n`)
      return 1
    }
    io.err(`internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`)
    return 70
  }
}

function program(io: Io): Command {
  const root = new Command('fleetfront')
    .description('Which deployment of a language model on a GPU fleet is best: a study in, a Pareto front out.')
    .version(toolVersion())
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExample:\n  fleetfront sweep llama-3.3-70b-on-64-h100\n\nExit codes: 0 done, 1 bad input, 2 nothing feasible, 3 out of tolerance, 4 partial, 70 internal error.',
    )
  for (const { name, summary, example, make } of commands) {
    root.addCommand(make(io).name(name).description(summary).addHelpText('after', `\nExample:\n  ${example}`))
  }
  prepare(root, io)
  return root
}

/** Every command answers usage errors by throwing, so that the exit code is decided in one place. */
function prepare(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: io.out,
    writeErr: io.err,
    // Commander puts its suggestion on a line of its own; here a problem is one line.
    outputError: (text, write) => write(text.replace(/\n\(Did you mean (.+)\?\)/, ' (did you mean $1?)')),
  })
  for (const child of command.commands) prepare(child as Command, io)
}
