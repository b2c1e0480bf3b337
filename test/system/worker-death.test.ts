import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyFolder, write } from '../e2e/run.ts'
import { studyText } from '../optimizer/written.ts'
import { fleetfront } from './process.ts'

const folder = emptyFolder()
const axes = '{ weights: fp8, kv: fp8, batch: { from: 1, to: 256 }, chunk: [2048, 4096, 8192, 16384] }'
const study = write(folder, 'study.yaml', studyText({ axes }))

/** Ends worker threads in the middle of a range: all of them, or the one that is first to make the file `once`. */
const killer = write(
  folder,
  'killer.cjs',
  `const { isMainThread } = require('node:worker_threads')
const { openSync } = require('node:fs')
const { load } = Atomics
let looks = 0
function mayDie() {
  if (!process.env.ONCE) return true
  try { openSync(process.env.ONCE, 'wx'); return true } catch { return false }
}
if (!isMainThread) Atomics.load = (...args) => {
  if (new Error().stack.includes('search-range') && ++looks === 3 && mayDie()) process.exit(9)
  return load(...args)
}
`,
)

const sweep = (out: string, env: Readonly<Record<string, string>> = {}) =>
  fleetfront(['sweep', study, '--workers', '2', '--out', join(folder, out)], { env }).ended

describe('a worker thread that dies', () => {
  it('once costs nothing: its range is searched again', async () => {
    const once = join(folder, 'once')
    const struck = await sweep('struck', { NODE_OPTIONS: `--require ${killer}`, ONCE: once })
    expect(existsSync(once)).toBe(true)
    const calm = await sweep('calm')
    expect([struck.code, struck.out]).toEqual([0, calm.out])
    const result = (out: string) => readFileSync(join(folder, out, 'result.json'), 'utf8')
    expect(result('struck') === result('calm')).toBe(true)
  })

  it('twice on a range ends the sweep with 70, names the range and writes nothing', async () => {
    const { code, out, err } = await sweep('dead', { NODE_OPTIONS: `--require ${killer}` })
    expect([code, out]).toEqual([70, ''])
    expect(err).toMatch(/^error: plans \d+ to \d+ failed twice: worker exited with code: 9; nothing was written\n$/)
    expect(existsSync(join(folder, 'dead'))).toBe(false)
  })
})

describe('a worker thread that dies in a replay', () => {
  const killer = write(
    folder,
    'replay-killer.cjs',
    `const { isMainThread } = require('node:worker_threads')
const { openSync } = require('node:fs')
const { findIndex } = Int32Array.prototype
let looks = 0
function mayDie() {
  if (!process.env.ONCE) return true
  try { openSync(process.env.ONCE, 'wx'); return true } catch { return false }
}
if (!isMainThread) Int32Array.prototype.findIndex = function (...args) {
  if (++looks === (process.env.ONCE ? 3 : 1) && mayDie()) process.exit(9)
  return findIndex.apply(this, args)
}
`,
  )
  const replays = (out: string, env: Readonly<Record<string, string>> = {}) =>
    fleetfront(['sweep', small, '--fidelity', 'replay', '--workers', '2', '--out', join(folder, out)], { env }).ended
  const small = write(folder, 'small.yaml', studyText())

  it('once costs nothing: its plan is replayed again', async () => {
    const once = join(folder, 'once-in-a-replay')
    const struck = await replays('struck-replay', { NODE_OPTIONS: `--require ${killer}`, ONCE: once })
    expect(existsSync(once)).toBe(true)
    expect([struck.code, struck.out]).toEqual([0, (await replays('calm-replay')).out])
  })

  it('twice on a plan ends the sweep with 70, names the plan and writes nothing', async () => {
    const { code, out, err } = await replays('dead-replay', { NODE_OPTIONS: `--require ${killer}` })
    expect([code, out]).toEqual([70, ''])
    expect(err).toMatch(/^error: plans \d+ to \d+ failed twice: worker exited with code: 9; nothing was written\n$/)
    expect(existsSync(join(folder, 'dead-replay'))).toBe(false)
  })
})
