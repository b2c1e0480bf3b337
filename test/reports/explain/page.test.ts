import { describe, expect, it } from 'vitest'
import { slowestOp } from '../../../reports/explain/answers.ts'
import { explainPage } from '../../../reports/explain/page.ts'
import { hostile, type SampleName, sampleExplanation, samples } from './sample.ts'

const pageOf = (name: SampleName, change = (e: ReturnType<typeof sampleExplanation>['explanation']) => e) => {
  const { plan, explanation } = sampleExplanation(name)
  return explainPage({ title: `<b>${name}</b>`, plan, facts: [['model', '<i>x</i>']], notes: [], explanation: change(explanation) })
}

/** Text of the element with this id, tags left out. */
const textOf = (page: string, id: string) =>
  (new RegExp(`<article id="${id}">(.*?)</article>`, 's').exec(page)?.[1] ?? '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

describe('the page of an explanation', () => {
  it.each(Object.keys(samples) as SampleName[])('answers the four questions about %s', (name) => {
    const page = pageOf(name)
    expect(textOf(page, 'slowest')).toMatch(/decode step: .*\d %.*-bound ?: .* prefill step: /)
    expect(textOf(page, 'communicates')).toMatch(/decode step .*(all-reduce|all-to-all).* x\d+, .* prefill step/)
    expect(textOf(page, 'helps')).toMatch(/TTFT .* -[\d.]+ % TPOT .* -[\d.]+ % tokens\/s per GPU .* \+[\d.]+ %/)
    expect(textOf(page, 'binds')).toMatch(/(weights|KV cache|activations|kept free) [\d.]+ GiB .* free; /)
  })

  it('names as slowest the op whose runs together take longest', () => {
    const [, decode] = sampleExplanation('deepseek-v3 at TP8').explanation.phases
    const { op, seconds } = slowestOp(decode)
    const of = (wanted: string) =>
      decode.stages
        .flatMap((stage) => stage.segments)
        .reduce((sum, { repeat, ops }) => sum + repeat * ops.reduce((s, o) => (o.name === wanted ? s + o.seconds : s), 0), 0)
    expect(seconds / of(op.name)).toBeCloseTo(1, 9)
    for (const { ops } of decode.stages[0].segments) for (const { name } of ops) expect(of(name)).toBeLessThanOrEqual(seconds * (1 + 1e-9))
  })

  it('runs no script, allows no request and escapes everything', () => {
    const page = pageOf('deepseek-v3 at TP8 x EP8 x PP2', hostile)
    expect(page).not.toMatch(/<script|<b>deepseek|<i>x/)
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'")
    expect(page).not.toMatch(/(src|href)="/)
    expect(page.length).toBeLessThan(600_000)
  })

  it('names the host, and shows its wait beside the ops, where kernels are launched more slowly than they run', () => {
    const page = pageOf('deepseek-v3 at TP8', ({ phases, ...rest }) => ({
      ...rest,
      phases: phases.map((phase) => ({
        ...phase,
        stages: phase.stages.map((stage) => ({ ...stage, segments: stage.segments.map((s) => ({ ...s, hostWait: 0.8 * s.seconds })) })),
      })),
    }))
    expect(textOf(page, 'slowest')).toMatch(/decode step: .* no op but the host 80\.0 % .* prefill step: .* no op but the host 80\.0 %/)
    expect(page).toMatch(/wait for the host<small>/)
    expect(page).toMatch(/waits [\d.]+ us for the host to launch kernels/)
    expect(page).toMatch(/of it [\d.]+ us waiting for the host/)
  })

  it('says so where nothing communicates, where any number fits and where nothing helps', () => {
    const page = pageOf('deepseek-v3 at TP8', (explanation) => ({
      ...explanation,
      whatHelps: [],
      memory: { ...explanation.memory, kvCapacityTokens: Infinity, largestBatch: Infinity },
      phases: explanation.phases.map((phase) => ({
        ...phase,
        stages: phase.stages.map((stage) => ({
          ...stage,
          segments: stage.segments.map((s) => ({ ...s, ops: s.ops.map((op) => ({ ...op, exchange: undefined })) })),
        })),
      })),
    }))
    expect(textOf(page, 'communicates')).toMatch(/nothing .* nothing/)
    expect(textOf(page, 'helps')).toMatch(/TTFT nothing here/)
    expect(textOf(page, 'binds')).toMatch(/any number tokens/)
  })
})
