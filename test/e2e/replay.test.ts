import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { replaySchema } from '../../optimizer/replay-schema.ts'
import { parseTrace } from '../../optimizer/trace/trace.ts'
import { refusal } from './refusal.ts'
import { contents, emptyFolder, type Ran, run, write } from './run.ts'

const folder = emptyFolder()
const study = 'llama-3.1-8b-on-4-l40s'
const plan = 'l40s:r4.pp1.sp1.adp1.tp1.dcp1.ep1.mtp1.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b16:c512'
const replay = (out: string, ...flags: readonly string[]) => run(['replay', study, '--plan', plan, '--out', join(folder, out), ...flags])

describe('fleetfront replay', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await replay('closed')
  })

  it('prints percentiles, throughput and goodput under the SLO of the study', () => {
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(/^llama-3\.1-8b on 4 L40S: l40s:r4/)
    expect(ran.out).toMatch(/closed loop at 16 requests, all at once at first; 160 requests to one of 4 replicas; seed 1\n/)
    expect(ran.out).toMatch(/\n +mean +p50 +p90 +p95 +p99\nTTFT .+ m?s\nTPOT .+ms\nITL .+ms\nend to end .+s\n/)
    expect(ran.out).toMatch(/output tokens\/s per replica\ngoodput .+ within TTFT <= 1 s and TPOT <= 40 ms\n/)
  })

  it('writes every request, a result and a page that asks for nothing and runs no script', () => {
    const files = contents(join(folder, 'closed'))
    expect(Object.keys(files).sort()).toEqual(['replay.html', 'requests.csv', 'result.json'])
    expect(files['requests.csv'].trimEnd().split('\n')).toHaveLength(161)
    expect(files['replay.html']).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(files['replay.html']).not.toMatch(/<script|https?:|url\(/)
    expect(files['replay.html'].match(/<polyline/g)).toHaveLength(7)
  })

  it('writes the same again, and another run with another seed', async () => {
    await replay('again')
    await replay('other', '--seed', '2')
    const [first, again, other] = ['closed', 'again', 'other'].map((name) => contents(join(folder, name)))
    expect(again).toEqual(first)
    expect(other['requests.csv']).not.toBe(first['requests.csv'])
  })

  it('replays the requests it wrote, one in four of them on one of four replicas', async () => {
    const trace = join(folder, 'closed/requests.csv')
    const { out, code } = await replay('trace', '--trace', trace, '--json')
    expect(code).toBe(0)
    const result = replaySchema.parse(JSON.parse(out))
    expect(result.load).toEqual({ kind: 'trace', requests: 40, replicas: 4, simulated: 1, routing: 'round-robin', seed: 1 })
    const { isl } = parseTrace(contents(join(folder, 'trace'))['requests.csv'], 'requests.csv')
    expect([...isl]).toEqual(
      [...parseTrace(contents(join(folder, 'closed'))['requests.csv'], 'requests.csv').isl].filter((_, i) => i % 4 === 0),
    )
  })

  it('says what the replica can serve where more comes', async () => {
    const { out, code } = await replay('overload', '--rate', '400', '--requests', '2000', '--json')
    expect(code).toBe(0)
    const { overload, requestsPerSecond } = JSON.parse(out)
    expect(overload.offered / 100).toBeCloseTo(1, 0)
    expect(overload.capacity / requestsPerSecond).toBeCloseTo(1, 0)
    const { out: text } = await replay('overload', '--rate', '400', '--requests', '2000')
    expect(text).toMatch(/overloaded: 9\d\.\d+|10\d\.\d+ requests\/s came to a replica that serves/)
  })

  it('simulates all replicas with their router, bursts and a load that rises', async () => {
    const { out, code } = await replay('all', '--replicas', 'all', '--rate', '20', '--arrival-cv', '2', '--requests', '100')
    expect(code).toBe(0)
    expect(out).toMatch(/^Gamma arrivals at 20 requests\/s, CV 2; 400 requests to 4 replicas, least-loaded; seed 1$/m)
    expect(out).toMatch(/output tokens\/s of 4 replicas\n/)
    const { out: part } = await replay('part', '--rate', '20', '--arrival-cv', '2', '--requests', '100')
    expect(part).toMatch(/^a part of Gamma arrivals at 20 requests\/s, CV 2 at 4 replicas, random; 100 requests to one of 4 replicas/m)
    const { out: rising } = await replay('ramp', '--ramp', '4,40', '--requests', '100')
    expect(rising).toMatch(/^arrivals from 1 to 10 requests\/s; 100 requests to one of 4/m)
  })

  it('writes a result of its schema, whatever the load', async () => {
    const loads = [
      [],
      ['--rate', '9'],
      ['--rate', '9', '--arrival-cv', '2'],
      ['--rate', '9', '--routing', 'round-robin'],
      ['--ramp', '4,40'],
    ]
    for (const flags of [...loads, ['--replicas', 'all']]) {
      const { out } = await replay('schema', '--json', '--requests', '40', ...flags)
      expect(replaySchema.parse(JSON.parse(out))).toEqual(JSON.parse(out))
      expect(JSON.parse(contents(join(folder, 'schema'))['result.json'])).toEqual(JSON.parse(out))
    }
    expect((await run(['schema', 'replay'])).out).toContain('"attainment"')
  })

  it('finds the prefixes of a trace where its sessions stick to a replica', async () => {
    const row = (i: number) => ({ timestamp: 50 * i, input_length: 1024, output_length: 4, hash_ids: [i % 8, 100 + (i % 8)] })
    const trace = write(folder, 'mooncake.jsonl', Array.from({ length: 200 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''))
    const share = async (...flags: readonly string[]) => {
      const { out } = await replay('prefixes', '--trace', trace, '--replicas', 'all', ...flags)
      return Number(/, ([\d.]+) % of their prompts in a prefix cache/.exec(out)?.[1])
    }
    expect(await share('--routing', 'sticky')).toBe(96)
    expect(await share('--routing', 'random')).toBeLessThan(90)
  })

  it('takes the KV blocks of a real start-up log instead of its own', async () => {
    const { out } = await replay('pinned', '--kv-blocks', '1500', '--concurrency', '200', '--json')
    expect(JSON.parse(out).preemptions).toBeGreaterThan(0)
  })

  it('refuses a plan that cannot hold a request, by its number', async () => {
    const trace = write(folder, 'long.csv', `arrival_s,isl,osl\n${'0,100,10\n'.repeat(4)}1,9000000,10\n`)
    const { code, err } = await run(['replay', study, '--plan', plan, '--out', join(folder, 'long'), '--trace', trace])
    expect(code).toBe(2)
    expect(err).toMatch(
      /^error: the plan cannot be replayed: request 4 of 9000000 prompt and 10 output tokens needs \d+ tokens of KV, and a scheduler has \d+\n$/,
    )
  })

  it('refuses what it cannot read or take in one line', async () => {
    const bad = write(folder, 'bad.csv', 'arrival_s,isl,osl\n0,100\n')
    const flags = (...more: readonly string[]) => refusal(folder, ['replay', study, '--plan', plan, '--out', join(folder, 'none'), ...more])
    expect(await flags('--trace', bad)).toBe('<dir>/bad.csv:2: 2 fields where the first line has 3')
    expect(await flags('--trace', join(folder, 'absent.csv'))).toBe('<dir>/absent.csv: no such file')
    expect(await flags('--rate', '0')).toContain('"0" is not a number above 0')
    expect(await flags('--requests', '0')).toContain('whole number from 1 to 4000000')
    expect(await flags('--rate', '3', '--concurrency', '4')).toContain('cannot be used with')
    expect(await flags('--trace', bad, '--rate', '4')).toContain('cannot be used with')
    expect(await flags('--arrival-cv', '2')).toBe('--arrival-cv: a CV of arrivals needs a rate (add --rate)')
    expect(await flags('--ramp', '3')).toContain('"3" is not FROM,TO, like 2,20')
    expect(await flags('--routing', 'least-loaded')).toBe('--routing: least-loaded needs to see all replicas (add --replicas all)')
    expect(await flags('--rate', '3', '--routing', 'sticky')).toContain('--routing: sticky needs sessions')
  })
})
