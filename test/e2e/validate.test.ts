import { describe, expect, it } from 'vitest'
import { printValidation } from '../../reports/validate-text.ts'
import { run } from './run.ts'

describe('fleetfront validate', () => {
  it('seeds prints expected, ours, difference and verdict of every row, what the seeds say wrongly, and figures side by side', async () => {
    const { code, out, err } = await run(['validate', 'seeds'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^row +what +unit +expected +ours +difference +verdict$/m)
    expect(out).toMatch(/^R-KV-1 +Qwen2\.5-0\.5B, 14 tokens, fp32 +B +344064 +344064 +0 +ok$/m)
    expect(out).toMatch(/^where the source is wrong\nR-KV-1\n {2}says {3}.+\n {2}right {2}.+\n {2}ours {3}.+\(ok\)$/m)
    expect(out).toMatch(/^2025 +Kimi-K2 +1000 +1\.49 +B200 +2250 +1 +8 +1 +281\.3$/m)
    expect(out).toMatch(/^H800 +decode +3016 +\d+ +1850 +DeepSeek$/m)
    expect(out).toMatch(/\nseeds: (\d+) of \1 within tolerance\n$/)
  })

  it('--json prints the contract of every suite', async () => {
    const { code, out } = await run(['validate', 'seeds', '--json'])
    const { metrics, skipped, ...rest } = JSON.parse(out)
    expect(code).toBe(0)
    expect(rest).toEqual({ schemaVersion: 1, suite: 'seeds', rows: rest.covered + skipped.length, covered: rest.covered })
    expect(metrics).toContainEqual({ group: 'ShallowSim', metric: 'out_of_tolerance', value: 0, n: expect.any(Number) })
    for (const metric of metrics) expect(Object.keys(metric)).toEqual(['group', 'metric', 'value', 'n'])
    for (const one of skipped) expect(Object.keys(one)).toEqual(['row_id', 'reason'])
  })

  it('tgi prints shares of time by op, each statement of the seed with a verdict, and batches', async () => {
    const { code, out, err } = await run(['validate', 'tgi'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^GPU +TP +step +ms +bound +all_reduce +_get_qkv +_ffn +attention +cache +_get_o +norms +head +launch$/m)
    expect(out).toMatch(/^ *1 +R-TGI-1 +prefill: all_reduce and _get_qkv .+ does not hold$/m)
    expect(out).toMatch(/^v100 +2 +29 +10 +20 +29 +29$/m)
    expect(out).toMatch(/\ntgi: (\d+) of \1 within tolerance\n$/)
  })

  it('names the suite that was meant', async () => {
    expect(await run(['validate', 'seed'])).toEqual({
      code: 1,
      out: '',
      err: 'error: suite: no suite is called "seed" (did you mean "seeds"?)\n',
    })
    expect((await run(['validate'])).code).toBe(1)
  })

  it('marks a row that is out of tolerance', () => {
    const off = { id: 'X-1', group: 'some', what: 'a thing', unit: 'B', expected: { value: 100, tolerance: 0 }, ours: 110 }
    const text = printValidation('some', { checks: [off], sideBySide: [], metrics: [], skipped: [] })
    expect(text).toMatch(/^X-1 +a thing +B +100 +110 +10 % +OFF$/m)
    expect(text).toMatch(/some: 0 of 1 within tolerance, 1 not\n$/)
  })
})
