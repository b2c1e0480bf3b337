import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { calibrationSchema } from '../../cost-model/calibration.ts'
import { needs } from '../needs.ts'
import { tablesFolder } from '../optimizer/perf-database/folders.ts'
import { emptyFolder, run, write } from './run.ts'

const shared = needs('shared')
const name = 'h100_sxm/mla/sglang/0.5.14/generation_mla_perf.parquet'

describe('fleetfront calibrate operators', () => {
  it('refuses a folder without tables, a missing date and a file of somebody else, and writes nothing then', async () => {
    const out = join(emptyFolder(), 'c.json')
    const refused = async (...args: readonly string[]) => (await run(['calibrate', 'operators', ...args])).err
    expect(await refused('/nowhere', '--as-of', '2026', '--out', out)).toMatch(/^error: \/nowhere: no such file\n$/)
    expect(await refused(emptyFolder(), '--as-of', '2026', '--out', out)).toMatch(/holds no parquet file/)
    expect(await refused(emptyFolder(), '--out', out)).toMatch(/--as-of <date>/)
    expect(await refused(emptyFolder(), '--as-of', 'August', '--out', out)).toMatch(/"August" is not a date, like 2026-08/)
    const other = write(emptyFolder(), 'thesis.json', '{}')
    expect(await refused(emptyFolder(), '--as-of', '2026', '--out', other)).toMatch(
      /thesis\.json exists and is not what fleetfront writes here/,
    )
    expect(readFileSync(other, 'utf8')).toBe('{}')
  })
})

describe.skipIf(!shared)('a calibration from measured operators', () => {
  it('is a whole file of efficiencies with its source, the same bytes again; errors before, after and held out are printed', async () => {
    const folder = tablesFolder({ [name]: { from: `${shared}/measured/operators/${name}` } })
    const [first, second] = [1, 2].map((i) => join(emptyFolder(), `${i}.json`))
    const { code, out, err } = await run(['calibrate', 'operators', folder, '--as-of', '2026-08', '--out', first!])
    expect([code, err]).toEqual([0, `wrote ${first}\n`])
    expect(out).toMatch(/^generation MLA +h100-sxm +\d+( +[\d.]+){6}$/m)
    expect(out).toMatch(/^ +1 +5792 +\d+ +\d+ +\d$/m)
    const text = readFileSync(first!, 'utf8')
    const efficiency = calibrationSchema.shape.efficiency.parse(JSON.parse(text))
    expect(efficiency).toMatchObject({ date: '2026-08', source: expect.stringMatching(/sglang 0\.5\.14; h100-sxm/) })
    const again = await run(['calibrate', 'operators', folder, '--as-of', '2026-08', '--out', second!, '--json'])
    expect(readFileSync(second!, 'utf8')).toBe(text)
    const { metrics, changed, kept } = JSON.parse(again.out)
    expect(changed.length + kept.length).toBeGreaterThan(0)
    const value = (metric: string) => metrics.find((one: { metric: string }) => one.metric === metric).value
    expect(value('mape_after')).toBeLessThanOrEqual(value('mape_before') + 0.01)
    expect(value('mape_held_out')).toBeLessThan(0.25)
  })
})
