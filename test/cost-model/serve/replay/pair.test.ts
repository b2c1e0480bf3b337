import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepShape } from '../../../../cost-model/counts.ts'
import { blocksEach } from '../../../../cost-model/serve/replay/engine.ts'
import { type PairReplayed, type PairReplayInput, replayPair } from '../../../../cost-model/serve/replay/pair/replay-pair.ts'
import { drawRequests } from '../../../../cost-model/serve/replay/requests.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { linearStep } from '../fixtures.ts'
import { anyInput, fixed, vllm } from './fixtures.ts'

/** Any legal pair: engines, loads and lengths as of replicas, and a way for the KV. */
const anyPair: fc.Arbitrary<PairReplayInput> = fc
  .record({
    prefill: anyInput,
    decode: anyInput,
    workers: fc.constantFrom([1, 1], [1, 3], [2, 1], [3, 2]),
    bandwidth: fc.constantFrom(2e3, 2e5, Number.POSITIVE_INFINITY),
    latency: fc.constantFrom(0, 0.005),
    sends: fc.constantFrom('prompt' as const, 'chunk' as const, 'layer' as const),
    firstToken: fc.constantFrom('prefill' as const, 'forwarded' as const, 'recomputed' as const),
  })
  .map(({ prefill, decode, workers: [a, b], bandwidth, latency, sends, firstToken }) => ({
    prefill: { engine: { ...prefill.engine, speculation: undefined }, step: linearStep, workers: a! },
    decode: { engine: { ...decode.engine, perRequest: 0 }, step: linearStep, workers: b! },
    transfer: { bytes: (isl: number) => ({ sent: isl, received: isl / 2 }), bandwidth, latency, sends, layers: 8 },
    firstToken,
    requests: prefill.requests,
    arrivals: prefill.arrivals,
    routing: prefill.routing!,
    seed: prefill.seed,
  }))

function every(law: (input: PairReplayInput) => void, numRuns = 30): void {
  fc.assert(fc.property(anyPair, law), { seed: 11, numRuns })
}

function run(input: PairReplayInput): PairReplayed {
  const replayed = replayPair(input)
  if (replayed.kind !== 'replayed') throw new Error(`request ${replayed.request} is too long`)
  return replayed
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)

const alone: PairReplayInput = {
  prefill: { engine: vllm, step: linearStep, workers: 1 },
  decode: { engine: vllm, step: linearStep, workers: 1 },
  transfer: { bytes: (isl) => ({ sent: isl, received: isl }), bandwidth: Number.POSITIVE_INFINITY, latency: 0, sends: 'prompt', layers: 1 },
  firstToken: 'forwarded',
  requests: drawRequests({ kind: 'drawn', isl: fixed(1000), osl: fixed(50) }, 5, 0, 1),
  arrivals: { kind: 'closed', concurrency: 1, ramp: 0 },
  seed: 1,
}

describe('a replay of separate workers, whatever the engines, the way of the KV, the load and the lengths', () => {
  it('takes every request once through all stages, in this order', () => {
    every((input) => {
      const { records, requests, stages } = run(input)
      const { arrival, admitted, first, finish } = records
      for (let i = 0; i < requests.isl.length; i++) {
        const several = requests.osl[i]! > 1
        const moved = [stages.prefilled[i]!, stages.landed[i]!, stages.joined[i]!]
        const times = [arrival[i]!, admitted[i]!, ...(several ? moved : moved.slice(0, 1)), finish[i]!]
        const ordered = times.every((time, j) => j === 0 || times[j - 1]! <= time) && admitted[i]! < stages.prefilled[i]!
        const shown = !several || input.firstToken === 'prefill' ? stages.prefilled[i]! : stages.joined[i]!
        const said = several && input.firstToken === 'recomputed' ? first[i]! > shown : first[i] === shown
        if (!ordered || !said || first[i]! > finish[i]!) throw new Error(`request ${i}: ${times}, first token ${first[i]}`)
      }
    })
  })

  it('makes every output token once, with a gap before each but the first of each request', () => {
    every((input) => {
      const { series, requests, gaps, records } = run(input)
      expect(sum(series.outputTokens) * series.width).toBeCloseTo(sum(requests.osl), 4)
      if (input.decode.engine.speculation === undefined) expect(sum(gaps.times)).toBe(sum(requests.osl.map((n) => n - 1)))
      const decoding = sum(records.finish) - sum(records.first)
      expect(Math.abs(sum(gaps.lengths.map((length, i) => length * gaps.times[i]!)) - decoding)).toBeLessThanOrEqual(1e-9 * (1 + decoding))
    })
  })

  it('computes every prompt once, on the prefill workers, but for KV that a decode worker loses', () => {
    every((input) => {
      let [prefilled, again] = [0, 0]
      const prefill = {
        ...input.prefill,
        step: (shape: StepShape) => {
          prefilled += shape.prefillTokens
          return linearStep(shape)
        },
      }
      const decode = {
        ...input.decode,
        step: (shape: StepShape) => {
          again += shape.prefillTokens
          return linearStep(shape)
        },
      }
      const { requests, records } = run({ ...input, prefill, decode })
      expect(prefilled).toBeGreaterThanOrEqual(sum(requests.isl) - sum(requests.cached))
      if (sum(records.preemptions) === 0) expect(again).toBe(0)
      else expect(again).toBeGreaterThan(0)
    })
  })

  it('holds no more KV than there is on either side, and runs no more requests than seats', () => {
    every((input) => {
      const watched = (side: 'prefill' | 'decode') => {
        const { engine } = input[side]
        const capacity = blocksEach(engine) * engine.blockTokens
        const step = (shape: StepShape) => {
          const width = shape.decodeWidth ?? 1
          const decodes = shape.decodeSequences / width
          const held = shape.prefillTokens + shape.prefillSequences * shape.prefillContext + decodes * (1 + width * shape.decodeContext)
          if (engine.attentionDp === 1 && (held > capacity + 1e-6 || decodes > engine.seats))
            throw new Error(`${side}: ${held} of ${capacity}`)
          return linearStep(shape)
        }
        return { ...input[side], step }
      }
      const { series } = run({ ...input, prefill: watched('prefill'), decode: watched('decode') })
      for (const share of series.kv) expect(share >= 0 && share <= 1 + 1e-9).toBe(true)
    })
  })

  it('finishes no more than concurrency / latency in closed loop', () => {
    every((input) => {
      if (input.arrivals.kind !== 'closed') return
      const { requestsPerSecond, e2e } = summarise(run(input))
      expect(requestsPerSecond * e2e.mean).toBeLessThanOrEqual(input.arrivals.concurrency * (1 + 1e-9))
    })
  })

  it('is the same within half a percent when stretches of decode steps are taken at once', () => {
    let [fast, slow] = [0, 0]
    every((input) => {
      const [skipped, stepwise] = [run(input), run({ ...input, stepwise: true })]
      fast += skipped.evaluations
      slow += stepwise.evaluations
      const [a, b] = [summarise(skipped), summarise(stepwise)]
      expect(skipped.steps).toBe(stepwise.steps)
      for (const time of ['ttft', 'tpot', 'e2e', 'itl'] as const)
        for (const of of ['mean', 'p50', 'p90', 'p99'] as const)
          expect(Math.abs(a[time][of] - b[time][of]), `${time} ${of}`).toBeLessThanOrEqual(0.005 * b[time][of])
    }, 60)
    expect(fast).toBeLessThan(slow)
  })

  it('is the same again with the same seed', () => {
    every((input) => {
      expect(run(input)).toEqual(run(input))
    }, 20)
  })
})

describe('one request after the other on separate workers', () => {
  const seconds = (tokens: number, decodes: number, context: number) => {
    const shape = {
      prefillTokens: tokens,
      prefillSequences: tokens > 0 ? 1 : 0,
      prefillContext: 0,
      decodeSequences: decodes,
      decodeContext: context,
    }
    return linearStep(shape).latency
  }
  const steps = Array.from({ length: 49 }, (_, i) => seconds(0, 1, 1000 + i))

  it('takes the times of its steps, where links are endless', () => {
    const { records } = run(alone)
    for (let i = 0; i < 5; i++) {
      expect(records.first[i]! - records.arrival[i]!).toBeCloseTo(seconds(1000, 0, 0), 12)
      expect(records.finish[i]! - records.first[i]!).toBeCloseTo(sum(steps), 12)
    }
  })

  it('waits for its KV, hidden behind the prompt but for the last piece where layers are sent', () => {
    const at = (sends: 'prompt' | 'layer', bandwidth: number) => {
      const transfer = { ...alone.transfer, bandwidth, latency: 0.003, sends, layers: 10 }
      const { stages } = run({ ...alone, transfer })
      return stages.landed[0]! - stages.prefilled[0]!
    }
    expect(at('prompt', 1e5)).toBeCloseTo(0.01 + 0.003, 12)
    expect(at('layer', 1e5)).toBeCloseTo(0.001 + 0.003, 12)
    // A slow link is still at it: it began when the first of ten layers was computed.
    expect(at('layer', 1e4)).toBeCloseTo(0.1 - 0.9 * seconds(1000, 0, 0) + 0.003, 12)
  })

  it('makes its first token again where the decode worker gets none', () => {
    const { records, stages } = run({ ...alone, firstToken: 'recomputed' })
    expect(records.first[0]! - stages.joined[0]!).toBeCloseTo(seconds(0, 1, 999), 12)
    expect(records.finish[0]! - records.first[0]!).toBeCloseTo(sum(steps), 12)
  })
})

describe('back-pressure', () => {
  const crowd = (change: Partial<PairReplayInput>) =>
    run({
      ...alone,
      requests: drawRequests({ kind: 'drawn', isl: fixed(1000), osl: fixed(50) }, 40, 0, 1),
      arrivals: { kind: 'closed', concurrency: 40, ramp: 0 },
      ...change,
    })

  it('shares a link among the transfers on it, and stops a prefill worker whose room is full of KV that waits', () => {
    const transfer = { ...alone.transfer, bandwidth: 1e4 }
    const roomy = crowd({ transfer })
    const tight = crowd({ transfer, prefill: { ...alone.prefill, engine: { ...vllm, seats: 2 } } })
    const waits = ({ records }: PairReplayed) => sum(records.admitted) - sum(records.arrival)
    // 40 prompts of 0.1 s each, whatever else happens.
    for (const { stages } of [roomy, tight]) expect(Math.max(...stages.landed)).toBeGreaterThan(4)
    expect(Math.max(...roomy.stages.prefilled)).toBeLessThan(2)
    expect(Math.max(...tight.stages.prefilled)).toBeGreaterThan(3.5)
    expect(waits(tight)).toBeGreaterThan(2 * waits(roomy))
  })

  it('leaves KV on the prefill worker while all seats of the decode worker are taken', () => {
    const few = crowd({ decode: { ...alone.decode, engine: { ...vllm, seats: 4 } } })
    const first = Math.min(...few.records.finish)
    const landed = few.stages.landed.filter((time) => time < first)
    expect(few.stages.prefilled.filter((time) => time < first).length).toBeGreaterThan(2 * landed.length)
    expect(landed.length).toBeGreaterThanOrEqual(4)
    expect(landed.length).toBeLessThanOrEqual(5)
  })
})
