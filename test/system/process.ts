import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** The checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url))
/** The built program in it. */
const cli = join(root, 'dist/cli.js')

/** How a process ended and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once stderr has said something like it. */
  said(pattern: RegExp): Promise<void>
}

export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a program; nothing of it outlives the test file. */
export function start(program: string, args: readonly string[], { cwd = root, env = {} }: Surroundings = {}): Running {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out: out.join(''), err: err.join('') }))
  })
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      child.stderr.on('data', () => (pattern.test(err.join('')) ? resolve() : undefined))
      child.on('close', () => reject(new Error(`ended without saying ${pattern}: ${err.join('')}`)))
    })
  return { child, ended, said }
}

/** Starts fleetfront, as built. */
export function fleetfront(args: readonly string[], surroundings?: Surroundings): Running {
  return start(process.execPath, [cli, ...args], surroundings)
}

/** Runs a line of shell to its end; `$FLEETFRONT` is the program. */
export function shell(line: string, { cwd, env }: Surroundings = {}): Promise<Ended> {
  return start('bash', ['-c', `set -o pipefail; ${line}`], { cwd, env: { FLEETFRONT: `${process.execPath} ${cli}`, ...env } }).ended
}
