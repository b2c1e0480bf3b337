import { describe, expect, it } from 'vitest'
import { requestMoments } from '../../../../cost-model/serve/moments.ts'
import { classUse } from '../../../../cost-model/serve/open/class-slo.ts'
import { drawnOf } from '../../../../cost-model/serve/open/drawn.ts'
import { quantiles, shareMeeting } from '../../../../cost-model/serve/open/latencies.ts'
import { serveOpen } from '../../../../cost-model/serve/open/open.ts'
import { draws } from '../../../../cost-model/serve/open/random.ts'
import { byClass } from '../../../../cost-model/serve/replay/by-class.ts'
import { replay } from '../../../../cost-model/serve/replay/replay.ts'
import { drawMixture } from '../../../../cost-model/serve/replay/requests.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { openCatalog } from '../../../../spaces/catalog.ts'
import { parseWith } from '../../../../spaces/validate.ts'
import { classesOf, workloadSchema } from '../../../../spaces/workload.ts'
import { baseLoad, linearStep } from '../fixtures.ts'
import { vllm } from '../replay/fixtures.ts'

const slos = [{ ttft: 0.6, tpot: 0.02, share: 0.95 }, { ttft: 0.6 }]
const workload = parseWith(workloadSchema, {
  id: 'w',
  name: 'W',
  classes: [
    { name: 'chat', share: 3, isl: { kind: 'lognormal', mean: 500, cv: 0.8 }, osl: { kind: 'lognormal', mean: 300, cv: 0.7 } },
    { name: 'rag', share: 1, isl: { kind: 'uniform', from: 5000, to: 7000 }, osl: 60, prefixHit: 0.3 },
  ],
})
const load = { ...baseLoad, ...requestMoments(workload), drawn: drawnOf(workload, draws)! }
const engine = { ...vllm, scheduler: { ...vllm.scheduler, asyncScheduling: false }, seats: 1024, blocks: Number.POSITIVE_INFINITY }

describe('an open loop of a mixture', () => {
  const rate = 4
  const open = serveOpen(load, { rate, cv: 1 }, linearStep)
  if (open.kind !== 'steady') throw new Error('overloaded')
  const requests = drawMixture(classesOf(workload), 8000, 3)
  const replayed = replay({ engine, requests, arrivals: { kind: 'poisson', rate }, step: linearStep, seed: 3 })
  if (replayed.kind !== 'replayed') throw new Error('too long')
  const classes = byClass(replayed, ['chat', 'rag'], {}, slos)

  it('has the latencies of each class, as a replay of it has them', () => {
    for (const [c, { ttft, tpot }] of classes.entries()) {
      const own = (of: 'ttft' | 'tpot') => {
        const keep = (values: readonly number[]) => values.filter((_, i) => open.latencies.classOf[i] === c)
        return quantiles({ ...open.latencies, [of]: keep(open.latencies[of]), shares: keep(open.latencies.shares) }, of, [0.5])[0]!
      }
      expect(Math.abs(own('ttft') / ttft.p50 - 1), `TTFT of class ${c}`).toBeLessThan(0.15)
      expect(Math.abs(own('tpot') / tpot.p50 - 1), `TPOT of class ${c}`).toBeLessThan(0.1)
    }
    expect(classes[1]!.ttft.p50).toBeGreaterThan(2 * classes[0]!.ttft.p50)
  })

  it('counts each request by the SLO of its class, as the replay does', () => {
    expect(shareMeeting(open.latencies, {}, slos)).toBeCloseTo(summarise(replayed, {}, slos).attainment, 1)
    expect(shareMeeting(open.latencies, {}, [{ ttft: 0 }])).toBeCloseTo(0.25, 1)
    const [chat, rag] = classes
    const both = (0.75 * chat!.attainment + 0.25 * rag!.attainment) / summarise(replayed, {}, slos).attainment
    expect(both).toBeCloseTo(1, 1)
  })

  it('names the class and the latency that use most of their SLO', () => {
    const use = (classes: Parameters<typeof classUse>[1]) => classUse(open.latencies, classes)
    expect(use([undefined, undefined])).toBeUndefined()
    const rag = use([{ ttft: 60 }, { ttft: 0.1 }])!
    expect(rag.worst).toBe(4)
    expect(rag.use).toBeGreaterThan(1)
    expect(use([{ ttft: 60, tpot: 0.001, share: 0.9 }, { ttft: 60 }])!.worst).toBe(2)
  })
})

describe('requests that stand for a workload', () => {
  it('are of each class as many as its share, at the mean lengths', () => {
    const { classOf, prompts, outputs } = drawnOf(workload, draws)!
    const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length
    expect(classOf.filter((c) => c === 1)).toHaveLength(draws / 4)
    expect(mean(prompts)).toBeCloseTo(load.isl * (1 - load.prefixHit), 6)
    expect(mean(outputs)).toBeCloseTo(load.osl, 6)
    expect(Math.min(...prompts.filter((_, i) => classOf[i] === 1))).toBeGreaterThan(3000)
  })

  it('are log-normal, and so not listed, where the workload is', () => {
    const catalog = openCatalog()
    expect(drawnOf(catalog.workload('chat'), draws)).toBeUndefined()
    expect(drawnOf(catalog.workload('azure-2023-code'), draws)!.outputs).toHaveLength(draws)
  })
})
