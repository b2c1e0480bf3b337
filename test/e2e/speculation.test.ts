import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replaySchema } from '../../optimizer/replay-schema.ts'
import { resultSchema } from '../../optimizer/result-schema.ts'
import { refusal } from './refusal.ts'
import { contents, emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()
const study = (name: string, speculation: string, engine = 'vllm') =>
  write(
    folder,
    name,
    `name: drafts
model: meta-llama/Meta-Llama-3.1-8B
fleet: [{ gpu: h100-sxm, gpus: 1 }]
engine: ${engine}
workload: { isl: 500, osl: 200 }
axes: { weights: fp8, batch: [1, 64], chunk: 2048, speculation: ${speculation} }
`,
  )

describe('a study with drafts', () => {
  it('weighs them against none: they win where few requests run', async () => {
    const file = study(
      'drafts.yaml',
      '[off, { depth: 3, acceptance: [0.8, 0.6, 0.4], draft: eagle }, { depth: 3, acceptance: 0, draft: eagle }]',
    )
    const out = join(folder, 'out')
    expect((await run(['sweep', file, '--out', out, '--quiet'])).code).toBe(0)
    const { front, counts } = resultSchema.parse(JSON.parse(contents(out)['result.json']))
    expect(counts.total).toBe(6)
    const fastest = front.toSorted((a, b) => Number(a.values.tpot_ms) - Number(b.values.tpot_ms))[0]!
    expect(fastest.plan).toMatch(/:b1:c2048:s3@0\.8\/0\.6\/0\.4,eagle$/)
    expect(front.some(({ plan }) => plan.includes('@0,eagle'))).toBe(false)
  })

  it('replays them, draft by draft', async () => {
    const file = study('replayed.yaml', '{ depth: 3, acceptance: 0.7, draft: ngram }')
    const out = (name: string) => join(folder, name)
    const tpot = async (plan: string, name: string) => {
      const { out: text } = await run(['replay', file, '--plan', plan, '--out', out(name), '--requests', '60', '--json', '--quiet'])
      return replaySchema.parse(JSON.parse(text)).tpot.mean
    }
    const key = 'h100-sxm:r1.pp1.sp1.adp1.tp1.dcp1.ep1.mtp1.mdp1:w=fp8,a=fp8,kv=bf16,comm=bf16:b1:c2048'
    const [plain, drafted] = [await tpot(key, 'plain'), await tpot(`${key}:s3@0.7,ngram`, 'drafted')]
    expect(plain / drafted).toBeGreaterThan(1.8)
    expect(plain / drafted).toBeLessThan(2.6)
  })

  it('refuses drafts that come from nowhere, by plan or in one line', async () => {
    const { code, err, out } = await run(['sweep', study('mtp.yaml', '{ depth: 2, acceptance: 0.7 }'), '--out', join(folder, 'mtp')])
    expect(code).toBe(2)
    expect(out + err).toContain('drafts-come-from-somewhere: no draft by mtp: Meta-Llama-3.1-8B has no multi-token prediction')
    const refused = (text: string) => refusal(folder, ['sweep', study('bad.yaml', text), '--out', join(folder, 'none')])
    expect(await refused('{ depth: 2, acceptance: 1.5 }')).toContain('axes.speculation')
    expect(await refused('{ depth: 0, acceptance: 0.5 }')).toContain('axes.speculation.depth')
  })
})

describe('KV blocks that a study pins', () => {
  it('are what sweep, estimate of the plan and replay reckon with', async () => {
    const file = study('pinned.yaml', 'off', '{ base: vllm, memory: { blocks: 400 } }')
    const out = join(folder, 'pinned')
    await run(['sweep', file, '--out', out, '--quiet'])
    const { front } = resultSchema.parse(JSON.parse(contents(out)['result.json']))
    expect(front.map(({ values }) => values.kv_capacity_tokens)).toEqual(front.map(() => 6400))
    const { out: text } = await run(['replay', file, '--plan', '1', '--out', out, '--json', '--quiet', '--requests', '300'])
    expect(replaySchema.parse(JSON.parse(text)).preemptions).toBeGreaterThan(0)
    const { out: many } = await run(['sweep', study('many.yaml', 'off', '{ base: vllm, memory: { blocks: 90000 } }'), '--out', out])
    expect(many).toMatch(/memory-blocks: 90000 KV blocks need [\d.]+ GiB per GPU, [\d.]+ GiB are left/)
  })
})
