import { describe, expect, it } from 'vitest'
import { serveColocated } from '../../../cost-model/serve/colocated.ts'
import type { Load, StepFunction } from '../../../cost-model/serve/load.ts'
import { fullReplica } from '../../../cost-model/serve/open/full.ts'
import { serveOpen } from '../../../cost-model/serve/open/open.ts'
import { ttftOf } from '../../../cost-model/serve/replay/summary.ts'
import { baseLoad, linearStep, mixing, stalling } from './fixtures.ts'
import { fixed, run, sglang, vllm } from './replay/fixtures.ts'

const stages = 4
/** Four equal stages. */
const staged: StepFunction = (shape) => {
  const { latency } = linearStep(shape)
  return { latency, period: latency / stages }
}
/** Prompts of ten small chunks. */
const load: Load = { ...baseLoad, isl: 5000, osl: 40, oslCv: 0.5, pp: stages, chunk: 512 }
const lengths = { kind: 'drawn', isl: fixed(load.isl), osl: { kind: 'lognormal', mean: load.osl, cv: load.oslCv } } as const
const engines = [
  ['decodes beside prompts', { ...vllm, pp: stages, budget: load.chunk, blocks: 1e7 }, { ...mixing, asyncScheduling: true }],
  ['prompts that stall decodes', { ...sglang, pp: stages, budget: load.chunk, blocks: 1e8 }, { ...stalling, asyncScheduling: true }],
] as const

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('a pipeline that takes prompts in small chunks, against the replay', () => {
  it('serves as many in closed loop, whether its lanes hold one request each or many', () => {
    for (const [name, engine, scheduler] of engines) {
      for (const concurrency of [2, 8, 48]) {
        const count = 40 * concurrency
        const replayed = run({ engine, step: staged, lengths, count, arrivals: { kind: 'closed', concurrency, ramp: 0 } })
        const { requestsPerSecond } = serveColocated({ ...load, scheduler, concurrency }, staged)
        expect(Math.abs((requestsPerSecond * replayed.makespan) / count - 1), `${name}, ${concurrency}`).toBeLessThan(0.2)
      }
    }
  })

  it('keeps nobody waiting in open loop while lanes stand idle: chunks of one prompt follow each other through the stages', () => {
    for (const [name, engine, scheduler] of engines) {
      const open = { ...load, scheduler, seats: 64 }
      const capacity = fullReplica(open, staged).rate
      for (const share of [0.2, 0.4]) {
        const rate = share * capacity
        const replayed = run({ engine: { ...engine, seats: 16 }, step: staged, lengths, count: 600, arrivals: { kind: 'poisson', rate } })
        const served = serveOpen(open, { rate, cv: 1 }, staged)
        const ttft = served.kind === 'steady' ? served.ttft : Number.NaN
        expect(Math.abs(ttft / mean(ttftOf(replayed)) - 1), `${name}, ${share} of capacity`).toBeLessThan(0.3)
      }
    }
  })

  it('is said to be weak there', () => {
    expect(serveOpen({ ...load, seats: 64 }, { rate: 0.1, cv: 1 }, staged)).toMatchObject({ weak: 'knee' })
    expect(serveOpen({ ...load, seats: 64, chunk: 8192 }, { rate: 0.1, cv: 1 }, staged)).toMatchObject({ weak: undefined })
  })
})
