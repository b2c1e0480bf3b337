import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertReplaceableFile, assertWritable, replaceFile, writeFolder } from '../../reports/write.ts'
import { InputError } from '../../spaces/issue.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fleetfront-write-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

const result = (text: string) => ({ name: 'result.json', chunks: [`{"tool": {"name": "fleetfront"}, "text": "${text}"}`] })

describe('writeFolder', () => {
  it('writes all files of a new folder, making its parents, and leaves nothing else behind', () => {
    writeFolder(join(parent, 'a/b'), [result('x'), { name: 'front.csv', chunks: ['1,', '2\n'] }])
    expect(readFileSync(join(parent, 'a/b/front.csv'), 'utf8')).toBe('1,2\n')
    expect(readdirSync(join(parent, 'a'))).toEqual(['b'])
  })

  it('replaces an earlier result whole: files of the old one do not survive', () => {
    writeFolder(join(parent, 'r'), [result('old'), { name: 'stale.csv', chunks: ['x'] }])
    writeFolder(join(parent, 'r'), [result('new')])
    expect(readdirSync(join(parent, 'r'))).toEqual(['result.json'])
    expect(readFileSync(join(parent, 'r/result.json'), 'utf8')).toContain('new')
    expect(readdirSync(parent)).toEqual(['r'])
  })

  it('refuses a folder that holds something else, and touches nothing in it', () => {
    mkdirSync(join(parent, 'mine'))
    writeFileSync(join(parent, 'mine/thesis.txt'), 'precious')
    expect(() => writeFolder(join(parent, 'mine'), [result('x')])).toThrow(InputError)
    expect(readFileSync(join(parent, 'mine/thesis.txt'), 'utf8')).toBe('precious')
    expect(readdirSync(parent)).toEqual(['mine'])
  })

  it('keeps the old result and leaves no temporary folder where producing a file fails', () => {
    writeFolder(join(parent, 'r'), [result('old')])
    const failing = {
      name: 'plans.csv',
      chunks: (function* () {
        yield 'half'
        throw new Error('bug')
      })(),
    }
    expect(() => writeFolder(join(parent, 'r'), [result('new'), failing])).toThrow('bug')
    expect(readFileSync(join(parent, 'r/result.json'), 'utf8')).toContain('old')
    expect(readdirSync(parent)).toEqual(['r'])
  })

  it('makes no parent folders that then stay empty, and removes none that another run has written into', () => {
    const failing = (beside: string) => ({
      name: 'plans.csv',
      chunks: (function* () {
        yield 'half'
        if (beside !== '') mkdirSync(join(parent, beside))
        throw new Error('bug')
      })(),
    })
    expect(() => writeFolder(join(parent, 'a/b/c'), [failing('')])).toThrow('bug')
    expect(readdirSync(parent)).toEqual([])
    expect(() => writeFolder(join(parent, 'a/b/c'), [failing('a/another')])).toThrow('bug')
    expect(readdirSync(join(parent, 'a'))).toEqual(['another'])
  })

  it('follows a link to the folder', () => {
    mkdirSync(join(parent, 'far/away'), { recursive: true })
    symlinkSync(join(parent, 'far/away'), join(parent, 'near'))
    writeFolder(join(parent, 'near'), [result('x')])
    expect(lstatSync(join(parent, 'near')).isSymbolicLink()).toBe(true)
    expect(readdirSync(join(parent, 'far/away'))).toEqual(['result.json'])
  })

  it('is not hindered by what a killed run left', () => {
    for (const left of ['.r-new-1', '.r-old-1', '.fleetfront-probe-1']) mkdirSync(join(parent, left))
    assertWritable(join(parent, 'r'))
    for (const text of ['old', 'new']) writeFolder(join(parent, 'r'), [result(text)])
    expect(readFileSync(join(parent, 'r/result.json'), 'utf8')).toContain('new')
    expect(readdirSync(parent)).toHaveLength(4)
  })

  it('reports a file in the way as one line of bad input', () => {
    writeFileSync(join(parent, 'file'), '')
    expect(() => writeFolder(join(parent, 'file/out'), [result('x')])).toThrow(/cannot write .*file\/out/)
  })
})

describe('assertWritable', () => {
  it('leaves no trace of its probe', () => {
    assertWritable(join(parent, 'x/y/z'))
    expect(existsSync(join(parent, 'x'))).toBe(false)
    expect(readdirSync(parent)).toEqual([])
  })
})

describe('replaceFile', () => {
  const page = (text: string) => `<!-- mark -->${text}`

  it('writes a new file and replaces its own earlier one, also through a link, leaving nothing else behind', () => {
    const [file, link] = [join(parent, 'page.html'), join(parent, 'link.html')]
    replaceFile('--html', file, page('old'), 'mark')
    symlinkSync(file, link)
    assertReplaceableFile('--html', link, 'mark')
    replaceFile('--html', link, page('new'), 'mark')
    expect(readFileSync(file, 'utf8')).toBe(page('new'))
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readdirSync(parent)).toEqual(['link.html', 'page.html'])
  })

  it("refuses somebody else's file, a folder and a folder that is not there, before and at the end of a run, each in one line", () => {
    writeFileSync(join(parent, 'thesis.html'), 'precious')
    mkdirSync(join(parent, 'folder'))
    for (const act of [assertReplaceableFile, (name: string, path: string, mark: string) => replaceFile(name, path, page('x'), mark)]) {
      expect(() => act('--html', join(parent, 'thesis.html'), 'mark')).toThrow(
        /--html: .*thesis\.html exists and is not what fleetfront writes/,
      )
      expect(() => act('--html', join(parent, 'folder'), 'mark')).toThrow(/--html: .*folder exists and is no file/)
      expect(() => act('--html', join(parent, 'missing/page.html'), 'mark')).toThrow(/--html: cannot write .*ENOENT/)
    }
    expect(readFileSync(join(parent, 'thesis.html'), 'utf8')).toBe('precious')
    expect(readdirSync(parent)).toEqual(['folder', 'thesis.html'])
  })
})
