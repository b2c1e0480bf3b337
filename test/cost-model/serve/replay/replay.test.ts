import { describe, expect, it } from 'vitest'
import type { StepShape } from '../../../../cost-model/counts.ts'
import type { Arrivals } from '../../../../cost-model/serve/replay/arrivals.ts'
import { overloadOf } from '../../../../cost-model/serve/replay/overload.ts'
import { replay } from '../../../../cost-model/serve/replay/replay.ts'
import { drawRequests } from '../../../../cost-model/serve/replay/requests.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { serveStatic } from '../../../../cost-model/serve/static.ts'
import { baseLoad, linearStep } from '../fixtures.ts'
import { fixed, run, sglang, trtllm, vllm } from './fixtures.ts'

const sync = { ...vllm, scheduler: { ...vllm.scheduler, asyncScheduling: false } }
const drawn = (isl: number, osl: number) => ({ kind: 'drawn', isl: fixed(isl), osl: fixed(osl) }) as const

describe('replay', () => {
  it('gives the static times where nothing runs out: all prompts in one step, then all decode together', () => {
    const endless = { ...sync, seats: 1e6, budget: 1e6, blocks: Number.POSITIVE_INFINITY }
    const { ttft, tpot, makespan } = summarise(run({ engine: endless, lengths: drawn(1000, 200), count: 16 }))
    const still = serveStatic({ ...baseLoad, concurrency: 16, isl: 1000, osl: 200, chunk: 1e6 }, linearStep)
    expect(ttft.mean).toBeCloseTo(still.ttft, 9)
    expect(ttft.p99).toBeCloseTo(ttft.p50, 9)
    expect(tpot.mean / still.tpot).toBeCloseTo(1, 3)
    expect(makespan / still.e2e).toBeCloseTo(1, 3)
  })

  it('names the first request that is longer than the KV cache', () => {
    const requests = { isl: Int32Array.of(100, 41_000), osl: Int32Array.of(10, 1000), cached: new Int32Array(2) }
    const arrivals = { kind: 'closed', concurrency: 2, ramp: 0 } as const
    const replayed = replay({ engine: vllm, requests, arrivals, step: linearStep, seed: 1 })
    expect(replayed).toEqual({ kind: 'too-long', request: 1, isl: 41_000, osl: 1000, needed: 42_000, capacity: 41_408 })
  })

  it('serves a request that fills the KV cache to its last token', () => {
    const { records } = run({ lengths: drawn(40_409, 1000), count: 3 })
    expect(records.finish.every(Number.isFinite)).toBe(true)
  })

  it('lets a request wait for the step that runs when it comes, and for the one formed meanwhile where scheduling is asynchronous', () => {
    const arrivals = { kind: 'trace', times: Float64Array.of(0, 0.1) } as const
    const step = () => ({ latency: 1, period: 1 })
    const first = (engine: typeof sync) => Array.from(run({ engine, arrivals, step, count: 2, lengths: drawn(10, 20) }).records.first)
    expect(first(sync)).toEqual([1, 2])
    expect(first(vllm)).toEqual([1, 3])
  })

  it('adds the time of the front end to the first token', () => {
    const [without, slower] = [0, 0.25].map((perRequest) => summarise(run({ engine: { ...vllm, perRequest }, count: 1 })))
    expect(slower.ttft.mean - without.ttft.mean).toBeCloseTo(0.25, 9)
  })

  it('computes less where the prefix cache holds part of each prompt', () => {
    const [cold, warm] = [0, 0.8].map((prefixHit) => summarise(run({ prefixHit })))
    expect(warm.ttft.mean).toBeLessThan(0.6 * cold.ttft.mean)
  })

  it('stalls decodes for prompts where an engine does not mix them', () => {
    const mixed: boolean[] = []
    const step = (shape: StepShape) => {
      mixed.push(shape.prefillTokens > 0 && shape.decodeSequences > 0)
      return linearStep(shape)
    }
    run({ engine: sglang, step })
    expect(mixed.some(Boolean)).toBe(false)
    run({ engine: vllm, step })
    expect(mixed.some(Boolean)).toBe(true)
  })

  it('preempts under vLLM, retracts under SGLang and lets wait under TensorRT-LLM where outputs outgrow the KV', () => {
    const small = (engine: typeof vllm) => ({ ...engine, blocks: Math.round(8000 / engine.blockTokens) })
    const [v, s, t] = [vllm, sglang, trtllm].map((engine) => {
      const engineOf = engine === sglang ? { ...engine, scheduler: { ...engine.scheduler, reserveRatio: 0.1 } } : engine
      return summarise(run({ engine: small(engineOf), lengths: drawn(200, 800), count: 60 }))
    })
    expect(v.preemptions).toBeGreaterThan(0)
    expect(s.preemptions).toBeGreaterThan(0)
    expect(t.preemptions).toBe(0)
    expect(t.ttft.mean).toBeGreaterThan(v.ttft.mean)
  })

  it('asks for whole prompts where an engine does not cut them', () => {
    const most = (engine: typeof vllm) => {
      let tokens = 0
      run({
        engine,
        lengths: drawn(3000, 10),
        step: (shape) => {
          tokens = Math.max(tokens, shape.prefillTokens)
          return linearStep(shape)
        },
      })
      return tokens
    }
    expect(most(vllm)).toBe(2048)
    expect(most(trtllm)).toBe(3000)
  })

  it('makes a burstier stream wait longer at the same rate', () => {
    const mean = (arrivals: Parameters<typeof run>[0]['arrivals']) => summarise(run({ arrivals, count: 2000 })).ttft.mean
    const rate = 12
    expect(mean({ kind: 'gamma', rate, cv: 3 })).toBeGreaterThan(1.5 * mean({ kind: 'poisson', rate }))
    expect(mean({ kind: 'gamma', rate, cv: 1 }) / mean({ kind: 'poisson', rate })).toBeCloseTo(1, 0)
  })
})

describe('an offered load beyond capacity', () => {
  it('ends, and is reported with the rate that the replica can serve', () => {
    const capacity = summarise(run({ arrivals: { kind: 'closed', concurrency: 400, ramp: 0 }, count: 2000 })).requestsPerSecond
    const arrivals = { kind: 'poisson', rate: 3 * capacity } as const
    const overloaded = overloadOf(run({ arrivals, count: 4000 }), arrivals)!
    expect(overloaded.offered / (3 * capacity)).toBeCloseTo(1, 1)
    expect(overloaded.capacity / capacity).toBeGreaterThan(0.85)
    expect(overloaded.capacity / capacity).toBeLessThan(1.15)
    expect(overloaded.waiting).toBeGreaterThan(1000)
  })

  it('is not reported below capacity, nor in closed loop, where whole batches may come at once', () => {
    const report = (arrivals: Arrivals) => overloadOf(run({ arrivals, count: 2000 }), arrivals)
    expect(report({ kind: 'poisson', rate: 6 })).toBeUndefined()
    expect(report({ kind: 'closed', concurrency: 1000, ramp: 0 })).toBeUndefined()
    expect(report({ kind: 'closed', concurrency: 64, ramp: 0 })).toBeUndefined()
  })
})

describe('a summary', () => {
  it('counts as good what meets both limits', () => {
    const replayed = run({ count: 200 })
    const all = summarise(replayed)
    expect(all.attainment).toBe(1)
    expect(all.goodput).toBeCloseTo(all.requestsPerSecond, 9)
    const half = summarise(replayed, { ttft: all.ttft.p50 })
    expect(half.attainment).toBeCloseTo(0.5, 1)
    expect(summarise(replayed, { ttft: all.ttft.p50, tpot: 0 }).goodput).toBe(0)
  })
})

describe('requests and arrivals', () => {
  it('have the moments they are drawn for', () => {
    const lengths = { kind: 'drawn', isl: { kind: 'lognormal', mean: 1000, cv: 0.8 }, osl: { kind: 'uniform', from: 80, to: 100 } } as const
    const { isl, osl } = drawRequests(lengths, 20_000, 0, 3)
    const mean = (values: Int32Array) => values.reduce((sum, v) => sum + v, 0) / values.length
    expect(mean(isl) / 1000).toBeCloseTo(1, 1)
    expect(mean(osl) / 90).toBeCloseTo(1, 2)
    expect([Math.min(...osl), Math.max(...osl)]).toEqual([80, 100])
  })

  it('draw pairs together', () => {
    const { isl, osl } = drawRequests(
      { kind: 'drawn', isl: { kind: 'empirical', tokens: [10, 20] }, osl: { kind: 'empirical', tokens: [1, 2] }, paired: true },
      100,
      0,
      3,
    )
    expect(isl.every((tokens, i) => tokens === 10 * osl[i])).toBe(true)
    expect(new Set(isl)).toEqual(new Set([10, 20]))
  })

  it('come at the rate asked for, steady, bursty or rising', () => {
    const last = (arrivals: Parameters<typeof run>[0]['arrivals']) => run({ arrivals, count: 4000, lengths: drawn(8, 1) }).records.arrival
    expect(last({ kind: 'poisson', rate: 50 })[3999] / 80).toBeCloseTo(1, 1)
    expect(last({ kind: 'gamma', rate: 50, cv: 2 })[3999] / 80).toBeCloseTo(1, 1)
    const ramp = last({ kind: 'ramp', from: 10, to: 90 })
    expect(ramp[3999] / 80).toBeCloseTo(1, 1)
    // Half the time: a quarter of the way up, 10 x 40 + 1 x 40^2 / 2 = 1200 requests.
    expect(ramp.filter((time) => time < 40).length / 1200).toBeCloseTo(1, 1)
  })
})
