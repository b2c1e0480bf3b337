import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replaySchema } from '../../optimizer/replay-schema.ts'
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
    expect(JSON.parse(ran.out).values).toEqual({ ...values, p_front: null, p_slo: null })
  })
})

describe('a replay of separate workers', () => {
  const { plan, values } = apart.at(-1)!
  const replay = (...flags: readonly string[]) => run(['replay', study, '--plan', plan, '--out', join(folder, 'replay'), ...flags])

  it('prints what requests saw of all workers, close to what the sweep says', async () => {
    const ran = await replay('--json')
    expect(ran.code).toBe(0)
    const replayed = replaySchema.parse(JSON.parse(ran.out))
    const [, prefill, decode] = /\)x(\d+)\+D\(.*\)x(\d+)$/.exec(plan)!
    expect(replayed.workers).toEqual({ prefill: Number(prefill), decode: Number(decode) })
    expect(replayed.load).toMatchObject({ kind: 'closed', concurrency: Math.round(values.concurrency as number), routing: 'least-loaded' })
    expect(Math.abs((1e3 * replayed.tpot.mean) / (values.tpot_ms as number) - 1)).toBeLessThan(0.05)
    expect(replayed.itl.p50).toBeGreaterThan(0)
  })

  it('says when each request passed from stage to stage, and draws it', async () => {
    const { out } = await replay('--rate', '2', '--requests', '50')
    expect(out).toMatch(/Poisson arrivals at 2 requests\/s; 50 requests to \d+ prefill and \d+ decode workers?, least-loaded; seed 1\n/)
    expect(out).toMatch(/output tokens\/s of all workers\n/)
    const written = contents(join(folder, 'replay'))
    expect(written['replay.html']).toContain('Of all workers together')
    const [header, ...rows] = written['requests.csv']!.trimEnd().split('\n')
    expect(header).toMatch(/,prefilled_s,kv_there_s,decodes_s$/)
    expect(rows).toHaveLength(50)
    for (const row of rows) {
      const [prefilled, there, decodes] = row.split(',').slice(-3).map(Number)
      expect(prefilled! < there! && there! <= decodes!).toBe(true)
    }
  })

  it('takes what it wrote as a trace, a load that rises, and refuses KV blocks that could be of either side', async () => {
    const trace = join(folder, 'trace.csv')
    write(folder, 'trace.csv', contents(join(folder, 'replay'))['requests.csv']!)
    for (const flags of [
      ['--trace', trace],
      ['--ramp', '1,3', '--requests', '40'],
      ['--rate', '2', '--arrival-cv', '2', '--requests', '40', '--routing', 'round-robin'],
    ]) {
      const ran = await replay('--json', ...flags)
      expect(replaySchema.parse(JSON.parse(ran.out))).toEqual(JSON.parse(ran.out))
    }
    expect(await refusal(folder, ['replay', study, '--plan', plan, '--out', join(folder, 'none'), '--kv-blocks', '9'])).toBe(
      '--kv-blocks: prefill and decode workers have KV blocks of their own (leave it out)',
    )
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
