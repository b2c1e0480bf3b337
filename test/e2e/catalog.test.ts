import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { studyText } from '../optimizer/written.ts'
import { emptyFolder, run, write } from './run.ts'

const answer = async (...args: readonly string[]) => {
  const { code, out, err } = await run(['catalog', ...args])
  expect([code, err]).toEqual([0, ''])
  return out
}

describe('the catalogue', () => {
  it('lists a kind, named in the singular or the plural, or all of them', async () => {
    expect(await answer('list', 'gpus')).toMatch(/^gpu \(\d+\)\nid +name +GiB .*\n(.*\n)*h100-sxm +H100 SXM5 80GB/)
    expect(await answer('list', 'gpu')).toBe(await answer('list', 'gpus'))
    expect(await answer('list', 'studies')).toContain('llama-3.3-70b-on-64-h100')
    const all = JSON.parse(await answer('list', '--json'))
    expect(Object.keys(all)).toEqual(['model', 'gpu', 'node', 'engine', 'workload', 'study'])
    expect(all.model.length).toBeGreaterThan(100)
  })

  it('finds what has every word, and says where nothing has', async () => {
    expect(JSON.parse(await answer('search', 'llama', '70b', '--json')).model).toContain('meta-llama/Llama-3.3-70B-Instruct')
    expect(await answer('search', 'H100')).toMatch(/^gpu \(\d+\)\n[\s\S]*\nnode \(\d+\)\n/)
    expect(await answer('search', 'llama', 'nosuchthing')).toBe('nothing in the catalogue has all of: llama nosuchthing\n')
  })

  it('shows every figure of a thing with its source, date and confidence', async () => {
    expect(await answer('show', 'gpu', 'H100-SXM')).toMatch(/memory\.bandwidth +3350 GB\/s +\S.*\(\d{4}-\d\d(-\d\d)?, high confidence\)/)
    expect(JSON.parse(await answer('show', 'engine', 'vllm', '--json'))).toMatchObject({ id: 'vllm', origin: 'built-in' })
  })

  it.each(['model', 'gpu', 'node', 'engine', 'workload', 'study'])('can show every %s', async (kind) => {
    for (const id of JSON.parse(await answer('list', kind, '--json'))[kind]) expect(await answer('show', kind, id)).toContain(id)
  })
})

describe('--catalog', () => {
  const [first, second] = [emptyFolder(), emptyFolder()]
  const gpu = (id: string, bandwidth: string) =>
    `id: ${id}\nmemory: { nominal: 64 GiB, bandwidth: ${bandwidth} }\nflops: { bf16: 300 TFLOP/s, fp8: 600 TFLOP/s }\npcie: 64 GB/s\nprice: { low: 1 $, high: 3 $ }\n`
  for (const dir of [first, second]) mkdirSync(join(dir, 'gpus'))
  write(first, 'gpus/mine.yaml', gpu('mine', '2 TB/s'))
  write(second, 'gpus/mine.yaml', gpu('mine', '4 TB/s'))
  write(second, 'gpus/h100-sxm.yaml', gpu('h100-sxm', '1 TB/s'))
  const both = ['--catalog', first, '--catalog', second]

  it('adds things of your own, which win over built-in ones; the first folder wins', async () => {
    expect(await answer('show', 'gpu', 'mine', ...both)).toMatch(
      /^gpu mine \(file .+\/gpus\/mine\.yaml\)\n[\s\S]*memory\.bandwidth +2 TB\/s/,
    )
    expect(await answer('show', 'gpu', 'h100-sxm', ...both)).toMatch(/memory\.bandwidth +1 TB\/s/)
    expect(JSON.parse(await answer('list', 'gpu', '--json', ...both)).gpu).toContain('mine')
  })

  it('serves an estimate and a sweep, wherever it stands on the line', async () => {
    const estimate = await run(['estimate', '--model', 'meta-llama-3.1-8b', '--gpu', 'mine', ...both])
    expect([estimate.code, estimate.out]).toEqual([0, expect.stringContaining('1 x mine')])
    const study = write(first, 'study.yaml', studyText({ fleet: '[{ gpu: mine, gpus: 8 }]' }))
    const sweep = await run(['sweep', ...both, study, '--out', join(first, 'out')])
    expect([sweep.code, sweep.out]).toEqual([0, expect.stringContaining('8 x mine')])
  })
})

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('has a script for %s that knows every command', async (shell) => {
    const { code, out, err } = await run(['completion', shell])
    expect([code, err]).toEqual([0, ''])
    for (const word of ['sweep', 'estimate', 'catalog', 'init', 'schema', 'front-only', 'search']) expect(out).toContain(word)
  })
})

describe('a schema', () => {
  it.each(['study', 'result', 'estimate'])('of a %s is JSON Schema', async (what) => {
    const { code, out } = await run(['schema', what])
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ $schema: expect.stringContaining('2020-12'), type: 'object' })])
  })

  it('of the tables names each column with its unit', async () => {
    const { fields } = JSON.parse((await run(['schema', 'csv'])).out)
    expect(fields[0]).toMatchObject({ name: 'plan' })
    expect(fields.find(({ name }: { name: string }) => name === 'tpot_ms')).toMatchObject({ type: 'number', unit: 'ms' })
  })
})
