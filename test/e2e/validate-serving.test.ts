import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { needs } from '../needs.ts'
import { file, good, header } from '../optimizer/validate/serving/rows.ts'
import { emptyFolder, run } from './run.ts'

const data = () => file(header, good, good.replace('r1', 'r2').replace('llama', 'lama'), good.replace('r1', 'r3').replace(',16,', ',64,'))

describe('fleetfront validate serving', () => {
  it('prints errors by everything that points differ in, picks under SLOs and why points are not predicted', async () => {
    const { code, out, err } = await run(['validate', 'serving', '--data', data()])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^all +3 +66\.7 /m)
    expect(out).toMatch(/^h100-sxm +3 +66\.7 /m)
    expect(out).toMatch(/^tpot 20 ms +\d/m)
    expect(out).toMatch(/^ +1 +r2 +unknown-name: unknown model "lama-3\.3-70b"/m)
    expect(out).toMatch(/\nserving: 2 of 3 points predicted\n$/)
  })

  it('--json prints the contract of every suite, and --predictions a row per point in their order', async () => {
    const predictions = join(emptyFolder(), 'predictions.csv')
    const args = ['validate', 'serving', '--data', data(), '--json', '--predictions', predictions]
    const { code, out } = await run(args)
    const { metrics, ...rest } = JSON.parse(out)
    expect(code).toBe(0)
    expect(rest).toEqual({
      ...{ schemaVersion: 1, suite: 'serving', rows: 3, covered: 2 },
      skipped: [{ row_id: 'r2', reason: expect.stringContaining('unknown-name') }],
    })
    expect(metrics).toContainEqual({ group: 'all', metric: 'coverage', value: 2 / 3, n: 3 })
    expect(metrics).toContainEqual({ group: 'gpu h100-sxm', metric: 'tpot_ms_mape', value: expect.any(Number), n: 3 })
    const [first, ...rows] = readFileSync(predictions, 'utf8').trimEnd().split('\n')
    expect(first).toMatch(/^row_id,status,reason,ttft_ms,ttft_ms_lo80,ttft_ms_hi80,tpot_ms,.*,out_tok_s_per_gpu_hi80,pedigree$/)
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
      ['r1', 'ok'],
      ['r2', 'skipped'],
      ['r3', 'ok'],
    ])
    expect((await run(args)).out).toBe(out)
  })

  it('exits with 3 past --max-error and says by how much', async () => {
    const { code, err } = await run(['validate', 'serving', '--data', data(), '--max-error', '5'])
    expect(code).toBe(3)
    expect(err).toMatch(/^error of \d+\.\d %, more than --max-error 5\n$/)
    expect((await run(['validate', 'serving', '--data', data(), '--max-error', '1000'])).code).toBe(0)
  })

  it('refuses bad files and options by name, and writes nothing then', async () => {
    const refused = async (...args: readonly string[]) => {
      const { code, err } = await run(['validate', ...args])
      return `${code} ${err}`
    }
    expect(await refused('serving')).toMatch(/^1 error: --data: needs a CSV file/)
    expect(await refused('serving', '--data', '/nowhere.csv')).toMatch(/^1 error: \/nowhere.csv: no such file/)
    expect(await refused('seeds', '--data', data())).toMatch(/^1 error: --data: validate seeds compares no measured points/)
    const predictions = join(emptyFolder(), 'p.csv')
    expect(await refused('serving', '--data', file('a,b'), '--predictions', predictions)).toMatch(/^1 error: .*no column model/)
    expect(existsSync(predictions)).toBe(false)
  })
})

const shared = needs('shared')

describe.skipIf(!shared)('the measured serving points', () => {
  it('are predicted nearly all, TPOT and throughput within a fifth in the mean, and the better layouts told from the worse', async () => {
    const { out } = await run(['validate', 'serving', '--data', `${shared}/measured/serving.csv`, '--json'])
    const { rows, metrics } = JSON.parse(out)
    const value = (group: string, metric: string) =>
      metrics.find((one: { group: string; metric: string }) => one.group === group && one.metric === metric).value
    expect(rows).toBe(1803)
    expect(value('mode colocated', 'coverage')).toBe(1)
    expect(value('mode disaggregated', 'coverage')).toBeGreaterThan(0.97)
    expect(value('mode disaggregated', 'tpot_ms_mape')).toBeLessThan(0.25)
    expect(value('mode colocated', 'tpot_ms_mape')).toBeLessThan(0.17)
    expect(value('mode colocated', 'out_tok_s_per_gpu_mape')).toBeLessThan(0.2)
    expect(value('mode colocated', 'ttft_ms_mape')).toBeLessThan(0.5)
    expect(value('all', 'order_accuracy')).toBeGreaterThan(0.65)
    expect(value('tpot 50 ms', 'delivered_of_best')).toBeGreaterThan(0.6)
  })
})
