import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const text = (changes: Readonly<Record<string, string>> = {}) =>
  studyText({
    fleet: '[{ node: dgx-h100, nodes: 2 }]',
    serving: 'both',
    workload: '{ isl: 3000, osl: 200 }',
    axes: '{ weights: fp8, kv: fp8, pp: 1, dcp: 1, batch: [1, 8, 64] }',
    ...changes,
  })
const study = write(folder, 'study.yaml', text())
const { code, out } = await run(['sweep', study, '--out', join(folder, 'out')])
const files = contents(join(folder, 'out'))
const result = resultSchema.parse(JSON.parse(files['result.json']!))
const apart = result.front.filter(({ plan }) => plan.startsWith('P('))

describe('a sweep over separate workers and replicas that do both', () => {
  it('finds a front with both, and says what was served how', () => {
    expect(code).toBe(0)
    expect(out).toContain('serving      replicas that do both phases, or separate prefill and decode workers')
    expect(apart.length).toBeGreaterThan(0)
    expect(apart.length).toBeLessThan(result.front.length)
    for (const { values } of apart)
      expect(values).toMatchObject({ status: 'ok', prefill_wait_ms: expect.any(Number), kv_transfer_ms: expect.any(Number) })
  })

  it('accounts for every pair', () => {
    const { total, decided, meeting, byReason } = result.counts
    expect(decided).toBe(total)
    expect(meeting + byReason.reduce((sum, { plans }) => sum + plans, 0)).toBe(total)
    expect(byReason.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['workers-fit', 'workers-fill']))
  })

  it('writes the fields of both sides of a pair, and their numbers, into the tables', () => {
    const [header, ...rows] = files['front.csv']!.trimEnd().split('\n')
    const at = (name: string) => header!.split(',').indexOf(name) - header!.split(',').length
    const cells = (row: string) => row.split(',').slice(-18)
    const pairs = rows.filter((row) => row.startsWith('"P('))
    expect(pairs).toHaveLength(apart.length)
    for (const row of pairs) {
      const [prefillWorkers, decodeWorkers] = [cells(row).at(at('prefill_workers')), cells(row).at(at('decode_workers'))]
      expect(row).toMatch(new RegExp(`\\)x${prefillWorkers}\\+D\\(.*\\)x${decodeWorkers}"`))
      expect(Number(cells(row).at(at('batch'))!.split('/').at(-1))).toBeGreaterThan(0)
    }
  })

  it('draws pairs of workers under a legend entry of their own', () => {
    expect(files['report.html']).toContain('"disaggregated"')
  })

  it('has pairs whose estimate by key is what the sweep wrote', async () => {
    const { plan, values } = apart.at(-1)!
    const ran = await run([
      'estimate',
      '--model',
      'llama-3.3-70b-instruct',
      '--node',
      'dgx-h100',
      '--isl',
      '3000',
      '--osl',
      '200',
      '--plan',
      plan,
      '--json',
    ])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out).values).toEqual(values)
  })
})

describe('what is wrong with separate workers', () => {
  it.each([
    [{ serving: 'colocated', decode: '{ workers: 3 }' }, /yaml:\d+: decode: says what separate workers are, and there are none/],
    [{ prefill: '{ gpu: 3 }' }, /yaml:\d+: prefill.*gpu/],
    [{ prefill: '{ gpus: [3] }' }, /yaml:\d+: prefill\.axes: no widths on these axes make a worker/],
  ])('is one line that names it: %o', async (changes, message) => {
    const bad = write(folder, 'bad.yaml', text(changes))
    expect(await refusal(folder, ['sweep', bad, '--out', join(folder, 'none')])).toMatch(message)
  })

  it('is that nothing is feasible where the engine has no connector', async () => {
    const apartOnly = write(folder, 'tgi.yaml', text({ serving: 'disaggregated', engine: 'tgi' }))
    const ran = await run(['sweep', apartOnly, '--out', join(folder, 'tgi')])
    expect(ran.code).toBe(2)
    expect(ran.out).toContain('engine-disaggregates: TGI')
  })
})
