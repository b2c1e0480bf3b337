import { describe, expect, it } from 'vitest'
import { run } from '../../e2e/run.ts'
import { needs } from '../../needs.ts'
import { tablesFolder } from '../perf-database/folders.ts'

const shared = needs('shared')
const names = ['comm/nccl/2.29.2/nccl', 'mla/sglang/0.5.14/generation_mla', 'mla/trtllm/1.3.0rc20/generation_mla', 'moe/vllm/0.24.0/moe']
const folder = () =>
  tablesFolder(
    Object.fromEntries(
      names.map((name) => [`b200_sxm/${name}_perf.parquet`, { from: `${shared}/measured/operators/b200_sxm/${name}_perf.parquet` }]),
    ),
  )

describe('fleetfront validate operators', () => {
  it('needs a folder of tables', async () => {
    expect(await run(['validate', 'operators'])).toMatchObject({ code: 1, err: expect.stringMatching(/^error: --data: needs a folder/) })
    const { err } = await run(['validate', 'operators', '--data', tablesFolder({}), '--predictions', 'p.csv'])
    expect(err).toMatch(/^error: --predictions: validate operators writes no predictions/)
  })
})

describe.skipIf(!shared)('measured operators', () => {
  it('are predicted as well as this says, by family, format and engine, beside the compact model; bad rows are listed', async () => {
    const data = folder()
    const { code, out } = await run(['validate', 'operators', '--data', data])
    expect(code).toBe(0)
    expect(out).toMatch(/^generation MLA +b200-sxm +\d+ +[\d.]+ +[\d.]+ +-?[\d.]+ +-?[\d.]+ +15 +10$/m)
    expect(out).toMatch(/^b200_sxm\/mla\/sglang\/0\.5\.14\/generation_mla_perf\.parquet +\d+ +\d+ +1\.\d$/m)
    const json = await run(['validate', 'operators', '--data', data, '--json', '--max-error', '1'])
    expect([json.code, json.err]).toEqual([3, expect.stringMatching(/^error of \d+\.\d %, more than --max-error 1\n$/)])
    const { metrics, skipped, rows, covered } = JSON.parse(json.out)
    expect(rows).toBe(covered + skipped.length)
    expect(skipped[0]).toEqual({
      row_id: expect.stringMatching(/_perf\.parquet:\d+$/),
      reason: expect.stringMatching(/^takes \d\.\d\d x as long as \w+ /),
    })
    const value = (group: string, metric: string) =>
      metrics.find((one: { group: string; metric: string }) => one.group === group && one.metric === metric).value
    expect(value('NCCL', 'mape')).toBeLessThan(0.05)
    expect(value('generation MLA', 'mape')).toBeLessThan(0.2)
    expect(value('MoE', 'median_ape')).toBeLessThan(0.25)
    expect(value('MoE distribution power_law_1.2', 'mape')).toBeLessThan(0.35)
  })
})
