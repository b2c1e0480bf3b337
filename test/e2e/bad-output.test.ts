import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const study = write(folder, 'study.yaml', studyText())
const refused = (out: string) => refusal(folder, ['sweep', study, '--out', out])

describe('a folder that a sweep may not write', () => {
  it('holds something else', async () => {
    mkdirSync(join(folder, 'thesis'))
    write(folder, 'thesis/chapter-1.txt', 'precious')
    expect(await refused(join(folder, 'thesis'))).toBe(
      '--out: <dir>/thesis exists and holds no result of fleetfront; nothing was written (name another folder or empty this one)',
    )
  })

  it('holds a result.json of another tool', async () => {
    mkdirSync(join(folder, 'other'))
    write(folder, 'other/result.json', '{"tool": {"name": "another"}}')
    expect(await refused(join(folder, 'other'))).toContain('other exists and holds no result of fleetfront')
  })

  it('is a file, or lies in one', async () => {
    write(folder, 'file', 'x')
    expect(await refused(join(folder, 'file'))).toBe('--out: cannot write <dir>/file: not a directory (ENOTDIR)')
    expect(await refused(join(folder, 'file/deep/er'))).toBe('--out: cannot write <dir>/file/deep/er: not a directory (ENOTDIR)')
  })

  it.skipIf(process.platform !== 'linux')('is where nobody can write, not even root', async () => {
    expect(await refused('/proc/fleetfront/out')).toBe('--out: cannot write /proc/fleetfront/out: no such file or directory (ENOENT)')
  })

  it('has a name that no disk takes, found before the search', async () => {
    const name = `deep/${'x'.repeat(300)}`
    expect(await refused(join(folder, name))).toBe(`--out: cannot write <dir>/${name}: name too long (ENAMETOOLONG)`)
  })

  it('has no name', async () => {
    expect(await refused('')).toBe("option '--out <dir>' argument '' is invalid. It must not be empty.")
  })
})

describe('a file that init may not write', () => {
  it('exists, lies in no folder, or would not be taken for a study', async () => {
    write(folder, 'mine.yaml', 'precious')
    const init = (file: string) => refusal(folder, ['init', file])
    expect(await init(join(folder, 'mine.yaml'))).toBe('file: <dir>/mine.yaml exists; nothing was written (name another file)')
    expect(await init(join(folder, 'no/mine.yaml'))).toBe('file: cannot write <dir>/no/mine.yaml: no such file or directory (ENOENT)')
    expect(await init(join(folder, 'mine'))).toBe('file: "<dir>/mine" does not end in .yaml or .yml (for example <dir>/mine.yaml)')
    expect(await refusal(folder, ['init', join(folder, 'new.yaml'), '--from', 'llama'])).toMatch(/^--from: unknown study "llama" \(did you/)
  })
})

describe('a search that nobody survives', () => {
  it('leaves the earlier result as it was where the new one is refused', async () => {
    const out = join(folder, 'kept')
    await run(['sweep', study, '--out', out])
    const before = contents(out)
    const broken = write(folder, 'broken.yaml', studyText({ engine: 'vlm' }))
    await refusal(folder, ['sweep', broken, '--out', out])
    expect(contents(out)).toEqual(before)
  })
})
