#!/usr/bin/env node
import { runProgram } from './reports/commands/program.ts'

const interrupt = new AbortController()
// The first signal asks for what was found so far; a second one ends the process as usual.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort(signal))

// A reader that has seen enough (`| head`) is no error. An answer that could not be written (a full disk) is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`error: cannot write to stdout: ${error.message}\n`)
  process.exit(1)
})
// Progress that nobody reads is not missed.
process.stderr.on('error', () => {})

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true,
  signal: interrupt.signal,
  now: () => performance.now() / 1e3,
})
