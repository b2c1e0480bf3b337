import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { InputError } from '../spaces/issue.ts'

/** One file of an output folder; chunks are written as they come, so a large table is never whole in memory. */
export interface OutputFile {
  readonly name: string
  readonly chunks: Iterable<string>
}

/**
 * Writes a folder whole or not at all: into a temporary sibling that then takes the folder's place. A folder that holds something
 * else than an earlier result of ours is never replaced; after any failure the old folder stands as it was.
 */
export function writeFolder(folder: string, files: readonly OutputFile[]): void {
  const target = resolve(folder)
  assertReplaceable(target)
  const parent = dirname(target)
  attempt(target, () => mkdirSync(parent, { recursive: true }))
  const temporary = attempt(target, () => freshFolder(target, 'new'))
  try {
    for (const file of files) attempt(target, () => writeFile(join(temporary, file.name), file.chunks))
    attempt(target, () => swap(temporary, target))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Writes a file that must not exist yet. */
export function writeNewFile(path: string, text: string): void {
  attempt(resolve(path), () => writeFile(path, [text]))
}

/** Fails early, before a long run, where `writeFolder` would refuse or could not create the folder. */
export function assertWritable(folder: string): void {
  const target = resolve(folder)
  assertReplaceable(target)
  const parent = dirname(target)
  const made = attempt(target, () => mkdirSync(parent, { recursive: true }))
  const probe = attempt(target, () => freshFolder(target, 'probe'))
  rmSync(probe, { recursive: true, force: true })
  // Leave no empty folders behind when the run itself then fails.
  if (made !== undefined) rmSync(made, { recursive: true, force: true })
}

/** A new hidden sibling with the rights that the person's folders usually get (mkdtemp would shut others out). */
function freshFolder(target: string, purpose: string): string {
  for (let n = 1; ; n++) {
    const path = join(dirname(target), `.${basename(target)}-${purpose}-${n}`)
    if (existsSync(path)) continue
    mkdirSync(path)
    return path
  }
}

function writeFile(path: string, chunks: Iterable<string>): void {
  const file = openSync(path, 'wx')
  try {
    for (const chunk of chunks) writeAll(file, Buffer.from(chunk, 'utf8'))
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
}

function swap(temporary: string, target: string): void {
  if (!existsSync(target)) {
    renameSync(temporary, target)
    return
  }
  const old = freshFolder(target, 'old')
  renameSync(target, join(old, 'result'))
  try {
    renameSync(temporary, target)
  } catch (error) {
    renameSync(join(old, 'result'), target)
    rmSync(old, { recursive: true })
    throw error
  }
  rmSync(old, { recursive: true })
}

function assertReplaceable(target: string): void {
  if (!existsSync(target)) return
  const entries = attempt(target, () => readdirSync(target))
  if (entries.length === 0 || isOurs(join(target, 'result.json'))) return
  throw new InputError({
    path: '--out',
    code: 'not-ours',
    message: `${target} exists and holds no result of fleetfront; nothing was written`,
    suggestion: 'name another folder or empty this one',
  })
}

function isOurs(path: string): boolean {
  return existsSync(path) && /"name":\s*"fleetfront"/.test(readFileSync(path, 'utf8'))
}

/** Disk trouble (read-only, full, missing rights, a file in the way) is the user's to mend: one line, exit 1. Everything else is a bug. */
function attempt<T>(target: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error
    throw new InputError({ path: '--out', code: 'unwritable', message: `cannot write ${target}: ${error.message}` })
  }
}
