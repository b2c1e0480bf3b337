import type { Command } from '@commander-js/extra-typings'

/** 0 done; 1 bad input; 2 nothing feasible; 3 regression; 4 partial; 70 internal error. Where several apply: 70, 1, 4, 2, 3. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 70

/** The world as a command sees it; cli.ts makes the real one, tests a fake. */
export interface Io {
  /** Writes to stdout: what the person asked for. */
  out(text: string): void
  /** Writes to stderr: progress and notes. */
  err(text: string): void
  /** Whether stderr is a terminal that redraws a line. */
  readonly terminal: boolean
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Seconds on a monotonic clock, for progress only. */
  now(): number
  /** What the process will exit with; 0 unless set. */
  exit(code: ExitCode): void
}

/** A subcommand, ready to be added to the program. A command is one file here and one row in `index.ts`. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** A worked example that `--help` shows and a test runs. */
  readonly example: string
  readonly make: (io: Io) => AnyCommand
}

/** A command with whatever arguments and options it declared. */
// biome-ignore lint/suspicious/noExplicitAny: commander's own type for a command of unknown shape
export type AnyCommand = Command<any[], any, any>
