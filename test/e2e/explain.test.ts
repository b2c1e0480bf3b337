import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { explainSchema } from '../../optimizer/explain-schema.ts'
import { makeResult } from '../../optimizer/result.ts'
import { estimateSchema } from '../../optimizer/result-schema.ts'
import { runStudy } from '../../optimizer/run.ts'
import { resolved, studyText } from '../optimizer/written.ts'
import { emptyFolder, run, write } from './run.ts'

const folder = emptyFolder()

/** A screen of text, from the line that starts so to the next empty one. */
function section(out: string, start: string): string {
  const found = out.split('\n\n').find((part) => part.startsWith(start))
  expect(found, start).toBeDefined()
  return found!.replace(/\n +/g, ' ')
}

/** The four questions that a person asks of a plan, and where the answers stand. */
interface Question {
  readonly name: string
  readonly study: string
  readonly plan: string
  /** Of the decode step: what follows `slowest op` and `communication`. */
  readonly slowest: RegExp
  readonly links: RegExp
  /** First line below `WHAT WOULD HELP`. */
  readonly helps: RegExp
  /** After `binds:` of the first line of `MEMORY`. */
  readonly binds: RegExp
}

const formats = 'w=shipped,a=fp8,kv=bf16,comm=bf16'
const questions: readonly Question[] = [
  {
    name: 'DeepSeek-V3 at TP8',
    study: 'deepseek-v3-on-32-h200',
    plan: `h200-sxm:r4.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:${formats}:b64:c8192`,
    slowest:
      /^moe\.experts of layers 3 to 60: MLA, MoE: .+ %, waits for memory: [\d.]+ GB at [\d.]+ % of 4.8 TB\/s \(hopper expert fp8-block, /,
    links: /^NVLink4 \(450 GB\/s\) .+: (attn|moe)\.reduce over 8 GPUs /,
    helps: /^10 % more HBM bandwidth /,
    binds: /^weights, /,
  },
  {
    name: 'DeepSeek-V3 at EP64 with DP attention',
    study: 'deepseek-v3-on-64-h200',
    plan: `h200-sxm:r1.pp1.sp1.adp64.tp1.dcp1.ep64.mtp1.mdp1:${formats}:b2048:c8192`,
    slowest: /^moe\.experts of layers 3 to 60: MLA, MoE: .+ waits for arithmetic: .+ of 1.98 PFLOP\/s fp8 /,
    links: /^network \(50 GB\/s\) .+: moe\.combine over 64 GPUs [\d.]+ %, moe\.dispatch over 64 GPUs [\d.]+ %/,
    helps: /^10 % more network bandwidth /,
    binds: /^weights, /,
  },
  {
    name: 'Llama-3.1-405B at PP2 x TP8',
    study: 'llama-3.1-405b-on-16-h100',
    plan: 'h100-sxm:r1.pp2.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192',
    slowest:
      /^mlp\.up of layers 0 to 62: GQA, dense FFN \(and other layers\): .+ waits for memory: [\d.]+ MB at 81.0 % of 3.35 TB\/s \(hopper linear fp8, fitted\)/,
    links: /^NVLink4 \(450 GB\/s\) .+ network \(50 GB\/s\) .+: hop\.send over 2 GPUs /,
    // Prompts of either stage's requests hold up both.
    helps: /^10 % more FLOP\/s /,
    binds: /^weights, /,
  },
  {
    name: 'DeepSeek-V3 with DCP at 128k context',
    study: 'deepseek-v3-128k-on-8-h200',
    plan: `h200-sxm:r1.pp1.sp1.adp1.tp8.dcp8.ep1.mtp8.mdp1:${formats}:b8:c8192`,
    slowest: /^moe\.experts of layers 3 to 60: MLA, MoE: .+ waits for memory: /,
    links: /^NVLink4 \(450 GB\/s\) .+: attn\.attention\.queries over 8 GPUs .+ attn\.attention\.scatter over 8 GPUs /,
    helps: /^10 % more FLOP\/s /,
    binds: /^weights, /,
  },
]

describe.each(questions)('explain of $name', ({ study, plan, slowest, links, helps, binds }) => {
  it('answers within one screen what is slowest and why, what communicates over which link, what helps most and what memory binds', async () => {
    const { out, err } = await run(['explain', study, '--plan', plan])
    expect(err).toBe('')
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(50)
    expect(lines.filter((line) => line.length > 120)).toEqual([])
    expect(lines[0]).toBe(plan)
    expect(lines[1]).toMatch(/^plan \d+@[0-9a-f]{12} of "/)
    for (const phase of ['PREFILL', 'DECODE']) expect(section(out, phase)).toMatch(/slowest op {5}.+\ncommunication {2}/)
    const decode = section(out, 'DECODE')
    expect(/slowest op +(.+)/.exec(decode)![1]).toMatch(slowest)
    expect(/communication +(.+)/.exec(decode)![1]).toMatch(links)
    expect(/binds: (.+)/.exec(section(out, 'MEMORY'))![1]).toMatch(binds)
    expect(out.split('WHAT WOULD HELP')[1]!.split('\n')[1]!.trim()).toMatch(helps)
    expect(out).toMatch(/^TTFT .+ = .*prefill /m)
    expect(out).toMatch(/^TPOT .+ = .*decode steps /m)
  })
})

const dense = questions[2]!

describe('explain', () => {
  it('shows two batches that take turns: both in the data, and in the text what is hidden', async () => {
    const study = write(
      folder,
      'two-batches.yaml',
      `name: two batches
model: deepseek-v3
fleet: [{ node: dgx-h200, nodes: 4 }]
engine: { base: sglang, overlap: [shared-expert, two-batch-decode] }
workload: { isl: 2000, osl: 500 }
`,
    )
    const plan = `h200-sxm:r1.pp1.sp1.adp32.tp1.dcp1.ep32.mtp1.mdp1:${formats}:b2048:c8192`
    const said = explainSchema.parse(JSON.parse((await run(['explain', study, '--plan', plan, '--json'])).out))
    const dispatch = said.phases[1]!.stages[0]!.segments.flatMap(({ ops }) => ops).find(({ name }) => name === 'moe.dispatch')!
    expect(dispatch.second!.start).toBeGreaterThan(dispatch.start)
    expect(dispatch.share).toBe(0)
    const { out } = await run(['explain', study, '--plan', plan, '--all'])
    expect(section(out, 'DECODE')).toMatch(/moe\.dispatch +[\d.]+ us +hidden/)
  })

  it('says with --json what the printed schema accepts, with the numbers of the text, and those of an estimate', async () => {
    const ran = await run(['explain', dense.study, '--plan', dense.plan, '--json'])
    const said: unknown = JSON.parse(ran.out)
    const schema = z.fromJSONSchema(JSON.parse((await run(['schema', 'explain'])).out))
    expect(() => schema.parse(said)).not.toThrow()
    const { request, phases, index, plan, studyHash } = explainSchema.parse(said)
    expect([ran.code, plan]).toEqual([0, dense.plan])
    const model = ['--model', 'meta-llama-3.1-405b', '--node', 'dgx-h100', '--isl', '2000', '--osl', '500', '--json']
    const { values } = estimateSchema.parse(JSON.parse((await run(['estimate', '--plan', dense.plan, ...model])).out))
    expect(request!.ttft! * 1e3).toBeCloseTo(Number(values.ttft_ms), 2)
    expect(phases[1]!.seconds).toBeCloseTo(
      phases[1]!.stages.reduce((sum, { seconds }) => sum + seconds, 0),
      12,
    )
    const again = await run(['explain', dense.study, '--plan', `${index}@${studyHash.slice(0, 8)}`, '--json'])
    expect(again.out).toBe(ran.out)
  })

  it('shows every op with --all, and one phase alone with --phase', async () => {
    const { out } = await run(['explain', dense.study, '--plan', dense.plan, '--all', '--phase', 'decode'])
    expect(out).not.toContain('PREFILL')
    for (const op of ['attn.norm', 'attn.cache', 'hop.send', 'head.sample']) expect(out).toMatch(new RegExp(`^ +${op} `, 'm'))
    expect(out).not.toContain('other ops')
    expect(out.match(/^stage \d, \d+ layers /gm)).toHaveLength(2)
  })

  it('explains a plan that the space of the study does not hold, and says so', async () => {
    const { out, code } = await run(['explain', dense.study, '--plan', dense.plan.replace(':b64:', ':b63:')])
    expect([code, out.split('\n')[1]]).toEqual([0, expect.stringMatching(/^not in the space of "llama-3\.1-405b on 16 H100"/)])
  })

  it('of the best plan is that of the first recommendation of a sweep, with why it was chosen', async () => {
    const setting = resolved()
    const end = await runStudy(setting, { workers: 0 })
    const [first] = end.kind === 'done' ? makeResult(setting, end.outcome, '0').recommended : []
    const { out, code, err } = await run(['explain', write(folder, 'study.yaml', studyText()), '--plan', 'best'])
    expect([code, err, out.split('\n')[0]]).toEqual([0, '', first!.plan])
    expect(out.replace(/\n +/g, ' ')).toContain(`\nbest: ${first!.why}\n`)
  })

  it('takes the nearest plan where none meets the SLO, says so, and exits with 2', async () => {
    const study = write(folder, 'strict.yaml', studyText({ slo: '{ ttft: 2 s, tpot: 1 us }' }))
    const { out, code } = await run(['explain', study, '--plan', 'best'])
    expect(code).toBe(2)
    expect(out.replace(/\n +/g, ' ')).toMatch(/\nbest: no plan meets every limit; this one misses by least: tpot_ms .+ misses TPOT <= 1 us/)
    expect(out).toMatch(/^misses: tpot_ms /m)
  })

  it('exits with 4 where the search for the best was interrupted', async () => {
    const study = write(folder, 'study.yaml', studyText())
    const { out, err, code } = await run(['explain', study, '--plan', 'best'], { signal: AbortSignal.abort() })
    expect([code, out, err]).toEqual([4, '', 'error: interrupted before any plan was found\n'])
  })
})

describe('explain of a plan that cannot run exits with 2, and', () => {
  it('names the rule that it breaks', async () => {
    const plan = dense.plan.replace('tp8.dcp1.ep1.mtp8', 'tp3.dcp1.ep1.mtp3')
    const { out, err, code } = await run(['explain', dense.study, '--plan', plan])
    expect([code, err]).toEqual([2, ''])
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^rejected: .+ \([a-z-]+\)$/)
    const json = explainSchema.parse(JSON.parse((await run(['explain', dense.study, '--plan', plan, '--json'])).out))
    expect(json).toMatchObject({
      rejected: { code: expect.any(String) },
      phases: [],
      memory: null,
      request: null,
      whatHelps: [],
      index: null,
    })
  })

  it('shows the memory that it would take, and the term that does not fit', async () => {
    const plan = dense.plan.replace('w=fp8,a=fp8', 'w=bf16,a=bf16').replace('r1.pp2', 'r2.pp1')
    const { out, err, code } = await run(['explain', dense.study, '--plan', plan])
    expect([code, err]).toEqual([2, ''])
    expect(section(out, 'MEMORY')).toMatch(/^MEMORY of a GPU: [\d.]+ GiB too much for 79\.19 GiB \(CUDA-visible\); binds: weights, /)
    expect(out).toMatch(/\nrejected: weights need .+ \(memory-weights\)\n$/)
    const json = explainSchema.parse(JSON.parse((await run(['explain', dense.study, '--plan', plan, '--json'])).out))
    expect(json.memory).toMatchObject({ binds: 'weights', verdict: json.rejected!.message })
  })

  it('says so where the study has no legal plan', async () => {
    const study = write(folder, 'none.yaml', studyText({ axes: '{ weights: fp8, kv: fp8, batch: 1000000 }' }))
    const { out, err, code } = await run(['explain', study, '--plan', 'best'])
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(/^error: no plan can run: .+\n$/)])
  })
})
