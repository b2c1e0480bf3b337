import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
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
  const target = locate(folder)
  assertReplaceable(target)
  const parent = dirname(target)
  const ancestor = existing(parent)
  let temporary: string | undefined
  try {
    attempt('--out', target, () => {
      mkdirSync(parent, { recursive: true })
      temporary = freshFolder(hidden(target, 'new'))
      for (const file of files) writeFile(join(temporary, file.name), file.chunks)
      swap(temporary, target)
    })
  } catch (error) {
    if (temporary !== undefined) remove(temporary)
    removeEmpty(parent, ancestor)
    throw error
  }
}

/** Writes a file that must not exist yet; `name` is what the person who gave the path calls it. */
export function writeNewFile(name: string, path: string, text: string): void {
  const target = resolve(path)
  if (existsSync(target)) {
    throw new InputError({ path: name, code: 'exists', message: `${target} exists; nothing was written`, suggestion: 'name another file' })
  }
  attempt(name, target, () => writeFile(target, [text]))
}

/**
 * Writes a file whole or not at all: a temporary sibling takes its place. What stands there is replaced only where it has `mark` among
 * its first bytes: a file of somebody else is never lost to a mistyped path.
 */
export function replaceFile(name: string, path: string, text: string, mark: string): void {
  besideTarget(name, path, mark, (folder, target) => {
    const temporary = join(folder, basename(target))
    writeFile(temporary, [text])
    renameSync(temporary, target)
  })
}

/** Fails early, before a long run, where `replaceFile` would refuse or could not write. */
export function assertReplaceableFile(name: string, path: string, mark: string): void {
  besideTarget(name, path, mark, () => undefined)
}

/** Acts with a temporary folder beside a file that may be replaced. */
function besideTarget(name: string, path: string, mark: string, act: (folder: string, target: string) => void): void {
  attempt(name, resolve(path), () => {
    const target = locate(path)
    const wrong = existsSync(target) ? notOurs(target, mark) : undefined
    if (wrong !== undefined) {
      const message = `${target} exists and is ${wrong}; nothing was written`
      throw new InputError({ path: name, code: 'not-ours', message, suggestion: 'name another file' })
    }
    const folder = freshFolder(hidden(target, 'new'))
    try {
      act(folder, target)
    } finally {
      remove(folder)
    }
  })
}

function notOurs(path: string, mark: string): string | undefined {
  if (!statSync(path).isFile()) return 'no file'
  return readFileSync(path, 'utf8').slice(0, 2000).includes(mark) ? undefined : 'not what fleetfront writes here'
}

/** Fails early, before a long run, where `writeFolder` would refuse or could not create the folder. Nothing of it stays. */
export function assertWritable(folder: string): void {
  const target = locate(folder)
  assertReplaceable(target)
  const ancestor = existing(dirname(target))
  attempt('--out', target, () => {
    const probe = freshFolder(join(ancestor, '.fleetfront-probe'))
    try {
      mkdirSync(join(probe, relative(ancestor, hidden(target, 'new-1'))), { recursive: true })
    } finally {
      remove(probe)
    }
  })
}

/** Where a folder lies in the end, so that a link to it is followed and not replaced. */
function locate(folder: string): string {
  const path = resolve(folder)
  return existsSync(path) ? realpathSync(path) : path
}

/** The innermost part of a path that is there. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path))
}

function hidden(target: string, purpose: string): string {
  return join(dirname(target), `.${basename(target)}-${purpose}`)
}

/** A new folder of this name and a number, with the rights that the person's folders usually get (mkdtemp would shut others out). */
function freshFolder(name: string): string {
  for (let n = 1; ; n++) {
    const path = `${name}-${n}`
    try {
      mkdirSync(path)
      return path
    } catch (error) {
      // Another run, or one that was killed, has that name.
      if (!isSystemError(error) || error.code !== 'EEXIST') throw error
    }
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/** Removes the folders from `innermost` up to below `ancestor` that hold nothing: another run may have written beside us. */
function removeEmpty(innermost: string, ancestor: string): void {
  for (let folder = innermost; folder !== ancestor; folder = dirname(folder)) {
    if (!existsSync(folder)) continue
    if (readdirSync(folder).length > 0) return
    rmdirSync(folder)
  }
}

/** A new file, whole or not there. */
function writeFile(path: string, chunks: Iterable<string>): void {
  const file = openSync(path, 'wx')
  try {
    for (const chunk of chunks) writeAll(file, Buffer.from(chunk, 'utf8'))
  } catch (error) {
    remove(path)
    throw error
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
  const old = freshFolder(hidden(target, 'old'))
  const aside = join(old, 'result')
  try {
    renameSync(target, aside)
    renameSync(temporary, target)
  } catch (error) {
    if (existsSync(aside)) renameSync(aside, target)
    remove(old)
    throw error
  }
  remove(old)
}

function assertReplaceable(target: string): void {
  if (!existsSync(target)) return
  const free = attempt('--out', target, () => readdirSync(target).length === 0 || isOurs(join(target, 'result.json')))
  if (free && isMountPoint(target)) {
    throw new InputError({
      path: '--out',
      code: 'mount-point',
      message: `${target} is where a disk is mounted and cannot be replaced; nothing was written`,
      suggestion: `name a folder inside it, like ${join(target, 'result')}`,
    })
  }
  if (free) return
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

function isMountPoint(folder: string): boolean {
  return statSync(folder).dev !== statSync(dirname(folder)).dev
}

/** Disk trouble (read-only, full, missing rights, a file in the way) is the user's to mend: one line, exit 1. Everything else is a bug. */
function attempt<T>(name: string, target: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!isSystemError(error)) throw error
    // Node's message is `EROFS: read-only file system, mkdir '/x/.y-new-1'`: the call and our temporary name are no help.
    const message = error.message.replace(/^(\w+): (.*?), \w+(?: '.*)?$/s, '$2 ($1)')
    throw new InputError({ path: name, code: 'unwritable', message: `cannot write ${target}: ${message}` })
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error
}
