import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimateSchema, resultSchema } from '../../optimizer/result-schema.ts'
import { studyText } from '../optimizer/written.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const base = ['estimate', '--model', 'llama-3.3-70b-instruct', '--gpu', 'h100-sxm', '--tp', '8', '--weights', 'fp8', '--kv', 'fp8']
const lengths = ['--isl', '1000', '--osl', '100', '--json']

async function estimated(...flags: readonly string[]) {
  const { out, code } = await run([...base, ...lengths, ...flags])
  return { ...estimateSchema.parse(JSON.parse(out)), code }
}

describe('a plan under arrivals', () => {
  it('serves what arrives, with percentiles in order, goodput, and the most that its SLO allows', async () => {
    const { values, code } = await estimated('--rate', '4', '--ttft', '1 s', '--tpot', '30 ms', '--percentile', '95')
    const v = values as Readonly<Record<string, number>>
    expect(code).toBe(0)
    expect(v.req_s).toBe(4)
    expect(((v.e2e_ms ?? 0) * 4) / 1000 / (v.concurrency ?? 0)).toBeCloseTo(1, 4)
    for (const latency of ['ttft', 'tpot', 'e2e']) {
      const row = [50, 90, 95, 99].map((p) => v[`${latency}_ms_p${p}`] as number)
      expect(row).toEqual(row.toSorted((a, b) => a - b))
      expect(row[0]).toBeGreaterThan(0)
    }
    expect(v.goodput_req_s).toBeGreaterThan(3.8)
    expect(v.slo_capacity_req_s).toBeGreaterThan(4)
  })

  it('waits longer where as much comes in bursts', async () => {
    const [poisson, bursts] = await Promise.all([[], ['--arrival-cv', '3']].map((cv) => estimated('--rate', '8', ...cv)))
    expect(bursts!.values.ttft_ms).toBeGreaterThan(1.2 * Number(poisson!.values.ttft_ms))
  })

  it('says where its closed form is weak, and nothing where it is not', async () => {
    const [sure, edge] = await Promise.all(['1', '15'].map((rate) => estimated('--rate', rate, '--batch', '64')))
    expect([sure!.values.weak, edge!.values.weak]).toEqual([null, 'overload edge'])
  })

  it('beyond its capacity misses the arrivals, says its capacity and what bounds it', async () => {
    const { values, misses, code } = await estimated('--rate', '1000')
    expect(code).toBe(2)
    expect(misses[0]).toMatchObject({ code: 'overloaded' })
    expect(misses[0]?.message).toMatch(/^req_s [\d.]+ requests\/s misses arrivals of 1000 req\/s by [\d.]+ %$/)
    expect(values).toMatchObject({ ttft_ms: null, ttft_ms_p99: null })
    expect(['work', 'token-budget', 'seats', 'kv']).toContain(values.capacity_bound)
  })

  it('has percentiles in closed loop too, where they are asked for, and no columns of them elsewhere', async () => {
    const asked = await estimated('--batch', '16', '--ttft', '1 s', '--percentile', '99')
    expect(asked.values.ttft_ms_p99).toBeGreaterThan(asked.values.ttft_ms_p50 as number)
    const plain = await estimated('--batch', '16', '--ttft', '1 s')
    expect(plain.values).toMatchObject({ ttft_ms_p99: null, goodput_req_s: null, slo_capacity_req_s: null })
    expect(asked.values.tpot_ms).toBe(plain.values.tpot_ms)
  })

  it.each([
    [['--rate', '0'], '--rate: must be more than 0'],
    [['--rate', 'many'], '"many" is not a number'],
    [['--arrival-cv', '2'], '--arrival-cv: needs a --rate of arrivals'],
    [['--percentile', '98'], '--percentile: must be 50 or 90 or 95 or 99'],
  ])('refuses %j', async (flags, message) => {
    const { code, err } = await run([...base, ...lengths, ...flags])
    expect(code).toBe(1)
    expect(err).toContain(message)
  })
})

describe('a study of arrivals', () => {
  it('may look for the plans with the most requests per second and dollar under an SLO', async () => {
    const text = studyText({
      objectives: '[slo_capacity_req_s, usd_per_h]',
      arrivals: '{ rate: 2 req/s }',
      slo: '{ ttft: 2 s, tpot: 40 ms, percentile: 90 }',
    })
    const { code, err } = await run(['sweep', write(folder, 'study.yaml', text), '--out', join(folder, 'out')])
    expect([code, code === 0 ? '' : err]).toEqual([0, ''])
    const { front } = resultSchema.parse(JSON.parse(contents(folder)['out/result.json'] as string))
    for (const { values } of front) {
      expect(values.slo_capacity_req_s).toBeGreaterThan(0)
      expect(values.ttft_ms_p90).toBeLessThanOrEqual(2000)
    }
  })

  it('needs an SLO for what counts requests that meet it', async () => {
    const text = studyText({ objectives: '[slo_capacity_req_s, usd_per_h]', slo: '{}' })
    const { code, err } = await run(['sweep', write(folder, 'none.yaml', text), '--out', join(folder, 'none')])
    expect(code).toBe(1)
    expect(err).toContain('slo_capacity_req_s needs an SLO (write slo: { ttft: 2 s, tpot: 30 ms })')
  })
})
