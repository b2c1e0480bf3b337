import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { refusal } from './refusal.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const chat = 'name: chat, share: 3, isl: { kind: lognormal, mean: 800, cv: 1 }, osl: { kind: lognormal, mean: 250, cv: 0.8 }'
const rag = 'name: rag, share: 1, isl: 6000, osl: 200, prefixHit: { kind: beta, mean: 0.5, cv: 0.5 }'
const study = (name: string, workload: string) =>
  write(
    folder,
    name,
    `name: mix
model: meta-llama/Meta-Llama-3.1-8B
fleet: [{ gpu: l40s, gpus: 4 }]
workload: ${workload}
arrivals: { rate: 8 }
axes: { weights: fp8, batch: [16, 64], tp: 1, pp: 1, chunk: 2048 }
`,
  )
const classes = (ttft: string) => `
  classes:
    - { ${chat}, slo: { ttft: ${ttft}, tpot: 35 ms, percentile: 95 } }
    - { ${rag}, slo: { ttft: 2 s, percentile: 95 } }`

describe('a study of a mixture', () => {
  it('holds every class to its SLO, says so, and counts a plan that misses one by class and latency', async () => {
    const out = join(folder, 'out')
    const { code } = await run(['sweep', study('mix.yaml', classes('20 ms')), '--out', out, '--quiet'])
    expect(code).toBe(2)
    const result = resultSchema.parse(JSON.parse(contents(out)['result.json']))
    const { byReason, evaluated } = result.counts
    expect(byReason.find(({ reason }) => reason === 'slo-chat-ttft')?.plans).toBe(evaluated)
    expect(result.nearest?.misses[0]?.message).toMatch(/^TTFT of class chat is [\d.]+ ms and misses p95 TTFT of chat <= 20 ms by [\d.]+ %$/)
  })

  it('is replayed class by class, the requests written with the name of theirs', async () => {
    const out = join(folder, 'replay')
    const file = study('replayed.yaml', classes('400 ms'))
    const flags = ['--plan', '1', '--rate', '8', '--requests', '400', '--out', out]
    const { out: text, code } = await run(['replay', file, ...flags])
    expect(code).toBe(0)
    expect(text).toMatch(/within the SLO of their class\nchat: \d+ requests, p95 TTFT .+ within their SLO\nrag: \d+ requests/)
    const { classes: seen, attainment } = JSON.parse(contents(out)['result.json'])
    expect(seen.map((c: { name: string }) => c.name)).toEqual(['chat', 'rag'])
    const met = seen.reduce((sum: number, c: { requests: number; attainment: number }) => sum + c.requests * c.attainment, 0)
    expect(met / 400).toBeCloseTo(attainment, 9)
    expect(contents(out)['requests.csv'].split('\n')[1]).toMatch(/,(chat|rag)$/)
  })

  it('takes lengths and hits of a trace', async () => {
    write(folder, 'trace.csv', 'arrival_s,isl,osl,cached\n0,1000,10,500\n1,3000,200,500\n')
    const { out, code } = await run(['sweep', study('traced.yaml', '{ trace: trace.csv }'), '--out', join(folder, 'traced')])
    expect(code).toBe(0)
    expect(out).toContain('2000 (CV 0.5) prompt and 105 (CV 0.9) output tokens, 25 % of the prompt cached')
  })

  it('is refused in one line where it does not fit together', async () => {
    const refused = (workload: string) => refusal(folder, ['sweep', study('bad.yaml', workload), '--out', join(folder, 'none')])
    expect(await refused(`{ classes: [{ ${chat} }, { ${chat} }] }`)).toBe('<dir>/bad.yaml:4: workload.classes: names a class twice')
    expect(await refused('{ trace: absent.csv }')).toBe('<dir>/absent.csv: no such file')
    expect(await refused('{ isl: 10, osl: 20, paired: true }')).toContain('paired ones are empirical')
  })
})
