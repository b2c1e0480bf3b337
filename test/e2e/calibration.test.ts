import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../spaces/package-root.ts'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const builtIn = JSON.parse(readFileSync(new URL('cost-model/calibration/efficiency.json', packageRoot()), 'utf8'))
const row = { basis: 'hopper', family: 'linear', format: 'fp8', memory: 0.4, floor: 3.8e-6 }
const own = (changes: object) => JSON.stringify({ ...builtIn, bases: [], rows: [row], ...changes }, null, 1)
const study = write(folder, 'study.yaml', studyText({ calibration: 'mine.json' }))
const plain = write(folder, 'plain.yaml', studyText())

async function swept(...args: readonly string[]) {
  const { out, code } = await run(['sweep', ...args, '--json', '--workers', '0', '--out', join(folder, 'out')])
  expect(code).toBe(0)
  return JSON.parse(out)
}

describe('a calibration file that a study names', () => {
  it('slows what it says is slow, and the result names it', async () => {
    write(folder, 'mine.json', own({}))
    const [slow, fast, flag] = [await swept(study), await swept(plain), await swept(plain, '--calibration', join(folder, 'mine.json'))]
    const least = (result: { readonly front: readonly { readonly values: { readonly tpot_ms: number } }[] }) =>
      Math.min(...result.front.map(({ values }) => values.tpot_ms))
    expect(least(slow)).toBeGreaterThan(least(fast) * 1.2)
    expect(least(flag)).toBe(least(slow))
    expect([slow.calibration.id, fast.calibration.id]).toEqual(['mine.json over built-in', 'built-in'])
    expect(slow.calibration.hash).not.toBe(fast.calibration.hash)
  })

  it('that repeats the built-in constants changes no number', async () => {
    write(folder, 'mine.json', own({ rows: builtIn.rows }))
    expect((await swept(study)).front).toEqual((await swept(plain)).front)
  })

  it.each([
    ['of another version', own({ schemaVersion: 2 }), /^<dir>\/mine\.json:\d+: schemaVersion: is of version 2 \(/],
    ['without a version', own({ schemaVersion: undefined }), /^<dir>\/mine\.json:\d+: schemaVersion: names no schemaVersion/],
    ['that is something else', '[1]', /^<dir>\/mine\.json:1: schemaVersion: names no schemaVersion/],
    ['with a share above 1', own({ rows: [{ ...row, memory: 1.4 }] }), /^<dir>\/mine\.json:\d+: rows\[0\]\.memory: must be at most 1/],
    ['with next to no bandwidth', own({ rows: [{ ...row, memory: 1e-4 }] }), /rows\[0\]\.memory: must be at least 0\.005/],
    ['with a kernel of a second', own({ rows: [{ ...row, floor: 1 }] }), /rows\[0\]\.floor: must be at most 0\.01/],
    ['of a family that is none', own({ rows: [{ ...row, family: 'gemm' }] }), /rows\[0\]\.family: /],
    ['of a basis that no GPU has', own({ rows: [{ ...row, basis: 'hoper' }] }), /rows\[0\]\.basis: "hoper" is no basis/],
    ['cut short', own({}).slice(0, 300), /^<dir>\/mine\.json/],
  ])('is refused in one line: %s', async (_, text, message) => {
    write(folder, 'mine.json', text)
    expect(await refusal(folder, ['sweep', study, '--out', join(folder, 'none')])).toMatch(message)
  })

  it('is refused where it is missing', async () => {
    const line = write(folder, 'gone.yaml', studyText({ calibration: 'gone.json' }))
    expect(await refusal(folder, ['sweep', line, '--out', join(folder, 'none')])).toBe('<dir>/gone.json: no such file')
  })
})
