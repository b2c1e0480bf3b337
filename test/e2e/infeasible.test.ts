import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimateSchema, type Result, resultSchema } from '../../optimizer/result-schema.ts'
import { studyText } from '../optimizer/written.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()

async function swept(changes: Readonly<Record<string, string>>) {
  const study = write(folder, 'study.yaml', studyText(changes))
  const ran = await run(['sweep', study, '--out', join(folder, 'out')])
  const files = contents(join(folder, 'out'))
  const result: Result = resultSchema.parse(JSON.parse(files['result.json']!))
  return { ...ran, files, result }
}

describe('a sweep of which nothing is feasible exits with 2, writes its outputs, and', () => {
  it('names the nearest plan and the memory term that binds where the model fits on no plan', async () => {
    const { code, out, err, files, result } = await swept({ model: 'deepseek-v3', axes: '{ weights: shipped, batch: [1, 8] }' })
    expect([code, err]).toEqual([2, expect.stringMatching(/^wrote /)])
    expect(result).toMatchObject({ counts: { evaluated: 0, meeting: 0 }, front: [], recommended: [], nearest: null })
    const { plan, reason, message } = result.nearestFit!
    expect(reason).toBe('memory-weights')
    expect(message).toMatch(/^weights need [\d.]+ GiB per GPU.*: the GPU has 79\.19 GiB \(CUDA-visible\)/)
    for (const text of [out, files['report.html']]) expect(text).toContain(`No plan fits in memory. Nearest: ${plan}: ${message}.`)
    expect(files['front.csv']!.trimEnd().split('\n')).toHaveLength(1)
  })

  it('names the nearest plan, the SLO that it misses and by how much where nobody meets one', async () => {
    const { code, out, files, result } = await swept({ slo: '{ ttft: 2 s, tpot: 1 us }' })
    expect(code).toBe(2)
    const { plan, misses, values } = result.nearest!
    expect(misses.map(({ limit }) => limit)).toEqual(['TPOT <= 1 us'])
    expect(misses[0]!.beyondPercent).toBeCloseTo((Number(values.tpot_ms) / 1e-3 - 1) * 100, 0)
    const said = `No plan meets every limit. Nearest: ${plan}: ${misses[0]!.message}.`
    expect(said).toMatch(/tpot_ms [\d.]+ ms misses TPOT <= 1 us by \d+ %\.$/)
    for (const text of [out, files['report.html']!.replaceAll('&lt;', '<')]) expect(text).toContain(said)
    // Nothing evaluated comes nearer.
    const header = files['plans.csv']!.slice(0, files['plans.csv']!.indexOf('\n')).split(',')
    const tpots = files['plans.csv']!.split('\n').flatMap((line) => {
      const cells = line.replace(/^"[^"]*"/, 'plan').split(',')
      return cells[2] === 'misses-slo' ? [Number(cells[header.indexOf('tpot_ms')])] : []
    })
    expect(Math.min(...tpots)).toBe(values.tpot_ms)
  })

  it('names the limit on a column that nobody keeps', async () => {
    const { code, out } = await swept({ limits: '{ usd_per_mtok_out: { max: 0.0001 } }' })
    expect([code, out]).toEqual([
      2,
      expect.stringMatching(/Nearest: .+usd_per_mtok_out [\d.]+ \$\/Mtok misses usd_per_mtok_out <= 0\.0001 /),
    ])
  })

  it('names the rule that every plan breaks', async () => {
    const { code, out, result } = await swept({ axes: '{ weights: fp8, kv: fp8, batch: 1000000 }' })
    expect([code, result.counts.byReason[0]!.reason]).toEqual([2, expect.any(String)])
    expect(out).toContain('0 evaluated')
    expect(out).toMatch(/batch-fits-seats: batch 1000000 exceeds the \d+ requests/)
  })
})

describe('an estimate of a plan that cannot be exits with 2, and', () => {
  const model = ['estimate', '--model', 'meta-llama-3.1-8b', '--gpu', 'h100-sxm'] as const
  const rejection = async (...flags: readonly string[]) => {
    const [text, json] = [await run([...model, ...flags]), await run([...model, ...flags, '--json'])]
    const { rejected, values } = estimateSchema.parse(JSON.parse(json.out))
    expect([text.code, text.err, json.code, json.err]).toEqual([2, '', 2, ''])
    expect(text.out.endsWith(`\nrejected: ${rejected!.message} (${rejected!.code})\n`)).toBe(true)
    return { ...rejected!, values }
  }

  it('says which rule it breaks, with the numbers', async () => {
    const { code, message, numbers, values } = await rejection('--tp', '3')
    expect([code, message, numbers]).toEqual(['heads-divide', expect.stringContaining('32 '), { heads: 32, tp: 3 }])
    expect(Object.values(values).every((value) => value === null)).toBe(true)
  })

  it.each([
    [['--tp', '2', '--ep', '2'], 'experts-need-moe'],
    [['--batch', '100000'], 'batch-fits-seats'],
    [['--plan', 'h100-sxm:r1.pp1.sp1.adp1.tp2.dcp1.ep3.mtp1.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192'], 'expert-view-agrees'],
  ])('names the rule: %j', async (flags, code) => {
    expect((await rejection(...flags)).code).toBe(code)
  })

  it('says which memory term does not fit, with the memory it would take', async () => {
    const { code, values } = await rejection('--model', 'llama-3.3-70b-instruct')
    expect(code).toMatch(/^memory-/)
    expect(Number(values.headroom_gib)).toBeLessThan(0)
    expect(values.ttft_ms).toBeNull()
  })
})
