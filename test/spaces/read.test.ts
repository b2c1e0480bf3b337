import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { InputError } from '../../spaces/issue.ts'
import { packageRoot } from '../../spaces/package-root.ts'
import { listFolder, parseJson, parseYaml, readJson, readText, readYaml } from '../../spaces/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'fleetfront-read-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const complaint = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  return undefined
}

const issueOf = (act: () => unknown) => complaint(act)?.issues[0]

describe('readText', () => {
  it('reads UTF-8 and drops a byte-order mark', () => {
    expect(readText(file('a.txt', '\uFEFFgrün'))).toBe('grün')
  })

  it.each([
    ['a missing file', () => join(folder, 'none.yaml'), 'no such file'],
    ['a directory', () => folder, 'a directory, not a file'],
    ['a file used as a directory', () => join(file('b.txt', 'x'), 'c'), 'a part of its path is not a directory'],
    ['a file that is not UTF-8', () => file('c.txt', new Uint8Array([0xff, 0xfe, 0x41])), 'not UTF-8 text'],
    ['a name with a NUL in it', () => 'a\0b', 'not a file name'],
    ['an endless name', () => join(folder, 'x'.repeat(5000)), 'the name is too long'],
  ])('names %s', (_, make, message) => {
    const path = make()
    expect(issueOf(() => readText(path))).toMatchObject({ code: 'unreadable', message, file: path })
  })
})

describe('readYaml', () => {
  const text = ['name: x', 'fleet:', '  - gpu: h100-sxm', '    nodes: 8', '  - &second', '    gpu: a100', 'copy: *second', ''].join('\n')

  it('gives the value and the line of every path, the nearest above where a path does not exist', () => {
    const { value, where } = readYaml(file('study.yaml', text))
    expect(value).toEqual({ name: 'x', fleet: [{ gpu: 'h100-sxm', nodes: 8 }, { gpu: 'a100' }], copy: { gpu: 'a100' } })
    const line = (...path: (string | number)[]) => where.lineOf(path)
    expect([line(), line('name'), line('fleet'), line('fleet', 0), line('fleet', 0, 'nodes')]).toEqual([1, 1, 2, 3, 4])
    expect([line('fleet', 1, 'gpu'), line('copy'), line('copy', 'gpu'), line('fleet', 0, 'absent'), line('absent')]).toEqual([
      6, 7, 6, 3, 1,
    ])
  })

  it('reads JSON too, tabs and all, with lines', () => {
    const { value, where } = parseYaml('{\n\t"a": 1,\n\t"b": [\n\t\t2\n\t]\n}', 'study.json')
    expect(value).toEqual({ a: 1, b: [2] })
    expect(where.lineOf(['b', 0])).toBe(4)
  })

  it.each([
    ['a syntax error', 'a: 1\nb: [1,\n', 3, /sequence/],
    ['a key written twice', 'a: 1\nb: 2\na: 3\n', 3, /unique/],
    ['a second document', 'a: 1\n--- \nb: 2\n', 2, /multiple documents/],
    ['an unknown tag', 'a: 1\nb: !python/object x\n', 2, /unresolved tag/],
    ['an alias to nothing', 'a: *missing\n', undefined, /unresolved alias/],
  ])('names %s with its line', (_, yaml, line, message) => {
    expect(issueOf(() => parseYaml(yaml, 'study.yaml'))).toMatchObject({
      code: 'syntax',
      file: 'study.yaml',
      line,
      message: expect.stringMatching(message),
    })
  })

  it('refuses aliases that multiply without bound', () => {
    const level = (i: number) =>
      `${'abcdefghi'[i]}: &${'abcdefghi'[i]} [${Array(9)
        .fill(i === 0 ? 'x' : `*${'abcdefghi'[i - 1]}`)
        .join(', ')}]`
    const bomb = Array.from({ length: 9 }, (_, i) => level(i)).join('\n')
    expect(issueOf(() => parseYaml(bomb, 'bomb.yaml'))).toMatchObject({ code: 'syntax', message: expect.stringMatching(/alias/) })
  })

  it.each([
    ['[', 'flow lists', 20_000],
    ['{a: ', 'flow mappings', 20_000],
    ['- ', 'lists', 20_000],
  ])('refuses a tower of %j (%s) in a few words', (floor, _, height) => {
    const lines = complaint(() => parseYaml(floor.repeat(height), 'tower.yaml'))?.message.split('\n') ?? []
    expect(lines[0]).toBe('tower.yaml:1: nested too deeply')
    expect(lines.length).toBeLessThanOrEqual(5)
  })

  it('refuses keys that are lists or mappings, with their line', () => {
    expect(issueOf(() => parseYaml('a: 1\n? [1, 2]\n: 3\n', 'study.yaml'))).toMatchObject({
      line: 2,
      message: 'a key must be text, not a list or a mapping',
    })
  })

  it('refuses files that no study or catalogue entry comes near, before it parses them', () => {
    const path = file('huge.yaml', `a: [${'x, '.repeat(400_000)}x]\n`)
    expect(issueOf(() => readYaml(path))).toEqual({
      path: '',
      code: 'unreadable',
      message: 'too large: 1.14 MiB, more than 1 MiB',
      file: path,
    })
  })

  it('reads the line ends of Windows, and says what is wrong with tabs', () => {
    const { value, where } = parseYaml('a: 1\r\nb:\r\n  - 2\r\n', 'study.yaml')
    expect(value).toEqual({ a: 1, b: [2] })
    expect(where.lineOf(['b', 0])).toBe(3)
    expect(issueOf(() => parseYaml('a:\n\tb: 1\n', 'study.yaml'))).toMatchObject({ line: 2, message: expect.stringMatching(/tabs/) })
  })

  it('leaves merge keys to whoever reads the value', () => {
    expect(parseYaml('x: &x { a: 1 }\ny: { <<: *x, b: 2 }\n', 'study.yaml').value).toEqual({ x: { a: 1 }, y: { '<<': { a: 1 }, b: 2 } })
  })

  it('reads a layer order as text, not as a hexadecimal number', () => {
    expect(parseYaml('layerOrder: 0x80\ncount: 80\n', 'model.yaml').value).toEqual({ layerOrder: '0x80', count: 80 })
  })

  it('keeps a key named __proto__ as data', () => {
    const { value } = parseYaml('__proto__: { admin: true }\n', 'x.yaml')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect((value as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('readJson', () => {
  it('reads JSON', () => {
    expect(readJson(file('a.json', '{"a": [1, 2]}'))).toEqual({ a: [1, 2] })
  })

  it.each([
    ['a bare word', '{\n"a": x}', 2],
    ['a trailing comma', '{\n"a": 1,\n}', 3],
    ['a missing comma', '{"a": 1\n"b": 2}', 2],
    ['a truncated file', '{"a": [\n1,\n', 3],
    ['an empty file', '', 1],
    ['bare Infinity', '{"a": 1,\n"b": Infinity}', 2],
  ])('names %s with its line', (_, text, line) => {
    expect(issueOf(() => parseJson(text, 'config.json'))).toMatchObject({
      code: 'syntax',
      file: 'config.json',
      line,
      message: expect.stringMatching(/^not JSON: /),
    })
  })

  it('takes the bare Infinity and NaN of Python only when told to, and leaves them alone inside text', () => {
    const text = '{"limit": [0.0, Infinity], "low": -Infinity, "none": NaN, "text": "NaN \\" Infinity"}'
    expect(parseJson(text, 'c.json', { tolerant: true })).toEqual({
      limit: [0, Number.POSITIVE_INFINITY],
      low: Number.NEGATIVE_INFINITY,
      none: null,
      text: 'NaN " Infinity',
    })
  })
})

describe('listFolder', () => {
  it('lists names in order, and knows a missing folder from a file', () => {
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'sub', 'b'), '')
    writeFileSync(join(folder, 'sub', 'a'), '')
    expect(listFolder(join(folder, 'sub'))).toEqual(['a', 'b'])
    expect(listFolder(join(folder, 'nowhere'))).toBeUndefined()
    expect(issueOf(() => listFolder(file('d.txt', '')))).toMatchObject({ code: 'unreadable' })
  })
})

describe('packageRoot', () => {
  it('is the folder of package.json', () => {
    expect(readJson(join(packageRoot().pathname, 'package.json'))).toMatchObject({ name: 'fleetfront' })
  })
})
