import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyFolder, write } from '../e2e/run.ts'
import { needs } from '../needs.ts'
import { studyText } from '../optimizer/written.ts'
import { shell } from './process.ts'

const privately = needs('mount')
const folder = emptyFolder()
const study = write(folder, 'study.yaml', studyText())

/** Runs a script where a disk of that size is mounted on ./disk; nobody else sees it, and it goes with the script. */
const withDisk = (size: string, script: string) => {
  const file = write(folder, 'script.sh', `set -e\nmkdir -p disk\nmount -t tmpfs -o size=${size} tmpfs disk\nset +e\n${script}\n`)
  return shell(`${privately} bash ${file}`, { cwd: folder })
}

describe.skipIf(privately === undefined)('a sweep on a disk (needs the right to mount one)', () => {
  it('that is too small says so in one line and leaves nothing behind', async () => {
    const { out, err } = await withDisk('1m', `$FLEETFRONT sweep ${study} --out disk/out/deep --quiet; echo "code $?"; ls -A disk`)
    expect(err).toBe(`error: --out: cannot write ${join(folder, 'disk/out/deep')}: no space left on device (ENOSPC)\n`)
    expect(out).toBe('code 1\n')
  })

  it('with room for one result keeps the old one where the new one does not fit', async () => {
    const sweep = `$FLEETFRONT sweep ${study} --out disk/out --quiet`
    const { out, err } = await withDisk(
      '7m',
      `${sweep} >/dev/null; echo "code $?"; cp -r disk/out before; ${sweep} --price h100-sxm=1; echo "code $?"; diff -r disk/out before && ls -A disk`,
    )
    expect(err).toBe(`error: --out: cannot write ${join(folder, 'disk/out')}: no space left on device (ENOSPC)\n`)
    expect(out).toBe('code 0\ncode 1\nout\n')
  })

  it('that is read-only is refused before the search', async () => {
    const { out, err } = await withDisk('1m', `mount -o remount,ro disk; $FLEETFRONT sweep ${study} --out disk/out; echo "code $?"`)
    expect(err).toBe(`error: --out: cannot write ${join(folder, 'disk/out')}: read-only file system (EROFS)\n`)
    expect(out).toBe('code 1\n')
  })

  it('cannot take the place of the disk itself', async () => {
    const { out, err } = await withDisk('64m', `$FLEETFRONT sweep ${study} --out disk; echo "code $?"; ls -A disk`)
    const disk = join(folder, 'disk')
    expect(err).toBe(
      `error: --out: ${disk} is where a disk is mounted and cannot be replaced; nothing was written (name a folder inside it, like ${disk}/result)\n`,
    )
    expect(out).toBe('code 1\n')
  })

  it('leaves no half study where init finds no room', async () => {
    const fill = 'head -c 1m /dev/zero > disk/filler 2>/dev/null'
    const { out, err } = await withDisk('64k', `${fill}; $FLEETFRONT init disk/mine.yaml; echo "code $?"; ls -A disk`)
    expect(err).toBe(`error: file: cannot write ${join(folder, 'disk/mine.yaml')}: no space left on device (ENOSPC)\n`)
    expect(out).toBe('code 1\nfiller\n')
  })
})
