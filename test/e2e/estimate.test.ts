import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { estimateSchema, resultSchema } from '../../optimizer/result-schema.ts'
import { studyText } from '../optimizer/written.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const base = ['estimate', '--model', 'llama-3.3-70b-instruct', '--gpu', 'h100-sxm', '--tp', '8', '--weights', 'fp8', '--kv', 'fp8']
const lengths = ['--isl', '1000', '--osl', '100']

async function estimated(...flags: readonly string[]) {
  const { out, code } = await run([...base, ...lengths, ...flags, '--json'])
  return { ...estimateSchema.parse(JSON.parse(out)), code }
}

describe('an estimate', () => {
  it('says what was assumed and what it comes to, with the meaning of each column', async () => {
    const { out, err, code } = await run([...base, ...lengths, '--batch', '8'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^h100-sxm:r1\.pp1\.sp1\.adp1\.tp8\.dcp1\.ep1\.mtp8\.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b8:c8192\n/)
    for (const fact of ['Llama-3.3-70B-Instruct', '8 x H100 SXM5 80GB', 'vLLM', '1000 prompt and 100 output tokens', '$2.95/h (median, ']) {
      expect(out).toContain(fact)
    }
    expect(out).toMatch(/^tpot_ms +\d+(\.\d+)? {2}mean time per output token after the first$/m)
  })

  it('says with --json what the printed schema accepts', async () => {
    const { out } = await run([...base, ...lengths, '--json'])
    const schema = z.fromJSONSchema(JSON.parse((await run(['schema', 'estimate'])).out))
    expect(() => schema.parse(JSON.parse(out))).not.toThrow()
  })

  it('of a plan key of a sweep has the values that the sweep wrote', async () => {
    const study = write(folder, 'study.yaml', studyText())
    await run(['sweep', study, '--out', join(folder, 'out')])
    const { recommended } = resultSchema.parse(JSON.parse(contents(folder)['out/result.json']!))
    const model = ['--model', 'llama-3.3-70b-instruct', '--node', 'dgx-h100', ...lengths, '--json']
    for (const { plan, values } of recommended) {
      const { out } = await run(['estimate', '--plan', plan, ...model])
      // Chances are against the other plans of a sweep.
      expect(JSON.parse(out)).toMatchObject({ plan, rejected: null, values: { ...values, p_front: null, p_slo: null } })
    }
  })

  it('takes the hardware of a plan key whose pool is not called like its GPU from flags', async () => {
    const key = 'mine:r1.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b1:c8192'
    const { code, out } = await run(['estimate', '--model', 'llama-3.3-70b-instruct', '--plan', key, '--node', 'dgx-h100', '--json'])
    expect([code, JSON.parse(out).plan]).toEqual([0, key])
  })

  it('reads workloads and SLOs, and exits with 2 where it misses one', async () => {
    const met = await run([...base, '--workload', 'chat', '--ttft', '2 s', '--tpot', '1 s'])
    expect([met.code, met.out]).toEqual([0, expect.stringContaining('TTFT <= 2 s, TPOT <= 1 s')])
    const missed = await estimated('--tpot', '1 us')
    expect([missed.code, missed.misses.map(({ code }) => code)]).toEqual([2, ['slo-tpot']])
    const { out } = await run([...base, '--tpot', '1 us'])
    expect(out).toMatch(/\nmisses: tpot_ms [\d.]+ ms misses TPOT <= 1 us by \d+ %\n$/)
  })
})

describe('a price', () => {
  it('is the dated one of the catalogue, or that of --price, and says so', async () => {
    const stated = await run([...base, ...lengths, '--price', 'h100-sxm=2'])
    expect(stated.out).toMatch(/price +h100-sxm \$2\/h \(--price, undated\)\n/)
    const [dated, cheap] = [await estimated(), await estimated('--price', 'h100-sxm=2', '--price', 'mi300x=1')]
    expect(dated.values.usd_per_h).toBeCloseTo(8 * 2.95, 9)
    expect(cheap.values.usd_per_h).toBe(16)
    expect(Number(cheap.values.usd_per_mtok_out) / Number(dated.values.usd_per_mtok_out)).toBeCloseTo(2 / 2.95, 4)
    expect(cheap.values.tpot_ms).toBe(dated.values.tpot_ms)
  })

  it('of a sweep is that of --price, of the pool, of the study or of the catalogue, and says which', async () => {
    const sources = [
      [{}, [], '$2.95/h (median, '],
      [{ prices: '{ h100-sxm: 2.4 }' }, [], '$2.4/h (prices of the study, undated)'],
      [{ prices: '{ h100-sxm: 2.4 }', fleet: '[{ node: dgx-h100, nodes: 1, price: 2.3 $ }]' }, [], '$2.3/h (stated by the user, undated)'],
      [{ prices: '{ h100-sxm: 2.4 }' }, ['--price', 'h100-sxm=2.2'], '$2.2/h (--price, undated)'],
    ] as const
    for (const [changes, flags, said] of sources) {
      const study = write(folder, 'priced.yaml', studyText(changes))
      const { out } = await run(['sweep', ...flags, study, '--out', join(folder, 'priced')])
      expect(out).toContain(`h100-sxm ${said}`)
      const written = contents(join(folder, 'priced'))
      const { resolved, front } = resultSchema.parse(JSON.parse(written['result.json']!))
      const { usdPerGpuHour, source } = resolved.pools[0]!.price!
      expect(said).toContain(`$${usdPerGpuHour}/h (${source.slice(0, 6)}`)
      expect(front[0]!.values.usd_per_h).toBeCloseTo(8 * usdPerGpuHour, 5)
      expect(written['report.html']).toContain(`h100-sxm ${said}`)
    }
  })
})
