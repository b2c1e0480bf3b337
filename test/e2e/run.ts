import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ExitCode, Io } from '../../reports/commands/command.ts'
import { runProgram } from '../../reports/commands/program.ts'

/** What a person gets back from a command. */
export interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, in a world that a test may change: no terminal, no signal, a clock that stands still. */
export async function run(args: readonly string[], world: Partial<Io> = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runProgram(args, {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    terminal: false,
    signal: new AbortController().signal,
    now: () => 0,
    ...world,
  })
  return { code, out: out.join(''), err: err.join('') }
}

/** A clock on which some seconds pass between two looks. */
export function clock(seconds: number): () => number {
  let now = 0
  return () => {
    now += seconds
    return now
  }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder, removed when the test file is done. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleetfront-e2e-'))
  folders.push(folder)
  return folder
}

export function write(folder: string, name: string, text: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Every file below a folder, by its path in it, with its text; folders without files are named with a slash. */
export function contents(folder: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files[path.slice(folder.length + 1)] = readFileSync(path, 'utf8')
    else if (readdirSync(path).length === 0) files[`${path.slice(folder.length + 1)}/`] = ''
  }
  return files
}
