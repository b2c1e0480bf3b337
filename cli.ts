#!/usr/bin/env node
import { Command, CommanderError } from '@commander-js/extra-typings'
import { toolVersion } from './optimizer/tool.ts'
import type { ExitCode, Io } from './reports/commands/command.ts'
import { commands } from './reports/commands/index.ts'
import { formatIssue, InputError } from './spaces/issue.ts'

const interrupt = new AbortController()
// The first signal asks for what was found so far; a second one ends the process as usual.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort(signal))

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true,
  signal: interrupt.signal,
  now: () => performance.now() / 1e3,
  exit: (code) => {
    process.exitCode = code
  },
}

process.exitCode = await run(process.argv.slice(2))

async function run(argv: readonly string[]): Promise<ExitCode> {
  try {
    await program().parseAsync([...argv], { from: 'user' })
    return (process.exitCode ?? 0) as ExitCode
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

function program(): Command {
  const root = new Command('fleetfront')
    .description('Which deployment of a language model on a GPU fleet is best: a study in, a Pareto front out.')
    .version(toolVersion())
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExample:\n  fleetfront sweep llama-3.3-70b-on-64-h100\n\nExit codes: 0 done, 1 bad input, 2 nothing feasible, 4 partial, 70 internal error.',
    )
  for (const { name, summary, example, make } of commands) {
    root.addCommand(make(io).name(name).description(summary).addHelpText('after', `\nExample:\n  ${example}`))
  }
  prepare(root)
  return root
}

/** Every command answers usage errors by throwing, so that the exit code is decided in one place. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
  for (const child of command.commands) prepare(child as Command)
}
