import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../reports/commands/index.ts'
import { needs } from '../needs.ts'
import { tablesFolder } from '../optimizer/perf-database/folders.ts'
import { contents, emptyFolder, run } from './run.ts'

const folder = emptyFolder()

/** Every command that has help, as its words: the program itself, its commands, theirs. */
const paths: readonly (readonly string[])[] = [
  [],
  ...commands.flatMap(({ name, make }) => {
    const io = { out: () => {}, err: () => {}, exit: () => {}, now: () => 0, terminal: false, signal: new AbortController().signal }
    return [[name], ...make(io).commands.map((child) => [name, child.name()])]
  }),
]

/** The example of a help text, as a person reads it. */
function exampleOf(help: string): string {
  return /\nExample:\n {2}(.+)\n/.exec(help)?.[1] ?? ''
}

/** What the shell would hand to fleetfront, writing below the test's folder. */
function argumentsOf(example: string): readonly string[] {
  const words = /fleetfront ([^>)]+)/.exec(example)![1]!.trim().split(' ')
  if (words[0] === 'sweep' || words[0] === 'replay')
    return [...words.filter((word, i) => word !== '--out' && words[i - 1] !== '--out'), '--out', join(folder, words[0])]
  if (words[0] === 'calibrate')
    return words.map((word) => (word === 'tables' ? measuredTables() : word.endsWith('.json') ? join(folder, word) : word))
  if (words[0] === 'init') return words.map((word) => (word.endsWith('.yaml') ? join(folder, word) : word))
  return words
}

const shared = needs('shared')
const table = 'h100_sxm/mla/sglang/0.5.14/generation_mla_perf.parquet'

function measuredTables(): string {
  return tablesFolder({ [table]: { from: `${shared}/measured/operators/${table}` } })
}

describe.each(paths.map((words) => ({ words, name: ['fleetfront', ...words].join(' ') })))('$name --help', ({ words, name }) => {
  it('says what it does, with its options and a worked example', async () => {
    const { code, out, err } = await run([...words, '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^Usage: ${name} `))
    expect(out).toContain('-h, --help')
    expect(exampleOf(out)).toContain(name)
  })

  it.skipIf(words[0] === 'calibrate' && !shared)('has an example that works', async () => {
    const { code, err, out } = await run(argumentsOf(exampleOf((await run([...words, '--help'])).out)))
    expect([code, err.replace(/^(wrote .+\n|\[.+\n)+$/, '')]).toEqual([0, ''])
    expect(out === '').toBe(name === 'fleetfront init')
  })
})

it('init writes a study that sweep takes as it is, and explains itself', async () => {
  const study = join(folder, 'mine.yaml')
  const { out, err, code } = await run(['init', study, '--from', 'llama-3.1-8b-on-4-l40s'])
  expect([out, err, code]).toEqual(['', `wrote ${study}; edit it, then: fleetfront sweep ${study}\n`, 0])
  expect(contents(folder)['mine.yaml']).toMatch(/^# /)
  const [mine, builtIn] = await Promise.all(
    [study, 'llama-3.1-8b-on-4-l40s'].map((name, i) => run(['sweep', name, '--out', join(folder, `${i}`), '--json', '--workers', '0'])),
  )
  expect(mine!.code).toBe(0)
  // The name alone is its own: results of the two must not replace each other.
  expect(JSON.parse(mine!.out).study.name).toBe('mine')
  expect(mine!.out.replace('"name": "mine"', '')).toBe(builtIn!.out.replace(/"name": "llama[^"]*"/, ''))
})

it('--version prints the version of the package alone', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  for (const flag of ['--version', '-V']) expect(await run([flag])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

it('init and schema take --json as every other command does', async () => {
  const study = join(folder, 'told.yaml')
  const { out, code } = await run(['init', study, '--json'])
  expect([code, JSON.parse(out)]).toEqual([0, { schemaVersion: 1, file: study, from: 'llama-3.3-70b-on-64-h100', name: 'told' }])
  expect((await run(['schema', 'study', '--json'])).out).toBe((await run(['schema', 'study'])).out)
})
