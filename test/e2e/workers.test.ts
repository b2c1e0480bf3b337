import { join } from 'node:path'
import { expect, it } from 'vitest'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { rangeLength } from '../../optimizer/run.ts'
import { studyText } from '../optimizer/written.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
// Long enough to be cut into several ranges, which come back in any order.
const axes = '{ weights: fp8, kv: fp8, batch: { from: 1, to: 64 }, chunk: [2048, 4096, 8192, 16384] }'
const study = write(folder, 'study.yaml', studyText({ axes }))

async function swept(workers: number) {
  const out = join(folder, `${workers}`)
  const ran = await run(['sweep', study, '--out', out, '--workers', `${workers}`])
  return { ...ran, files: contents(out) }
}

const alone = await swept(0)

it.each([1, 2, 8])('a sweep writes and prints the same bytes with %i workers as without', async (workers) => {
  const { counts } = resultSchema.parse(JSON.parse(alone.files['result.json']!))
  expect(counts.total / rangeLength(counts.total, workers)).toBeGreaterThan(4)
  const { files, out, code } = await swept(workers)
  expect([out, code]).toEqual([alone.out, 0])
  expect(Object.keys(files)).toEqual(Object.keys(alone.files))
  for (const [name, text] of Object.entries(files)) expect(text === alone.files[name], name).toBe(true)
})
