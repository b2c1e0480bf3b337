import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepShape } from '../../../../cost-model/counts.ts'
import { blocksEach } from '../../../../cost-model/serve/replay/engine.ts'
import { type Replayed, type ReplayInput, replay } from '../../../../cost-model/serve/replay/replay.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { anyInput } from './fixtures.ts'

function every(law: (input: ReplayInput) => void, numRuns = 400): void {
  fc.assert(fc.property(anyInput, law), { seed: 4, numRuns })
}

function run(input: ReplayInput): Replayed {
  const replayed = replay(input)
  if (replayed.kind !== 'replayed') throw new Error(`request ${replayed.request} is too long`)
  return replayed
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)

describe('a replay, whatever the engine, the load and the lengths', () => {
  it('serves every request once: it arrives, is admitted, says its first token, finishes, in this order', () => {
    every((input) => {
      const { records, requests } = run(input)
      for (let i = 0; i < requests.isl.length; i++) {
        const { arrival, admitted, first, finish } = records
        const ordered = arrival[i] <= admitted[i] && admitted[i] < first[i]
        const ended = requests.osl[i] === 1 ? first[i] === finish[i] : first[i] < finish[i]
        if (!ordered || !ended) throw new Error(`request ${i}: ${[arrival[i], admitted[i], first[i], finish[i]]}`)
      }
    })
  })

  it('makes every output token once, preempted or not', () => {
    every((input) => {
      const { series, requests } = run(input)
      expect(sum(series.outputTokens) * series.width).toBeCloseTo(sum(requests.osl), 4)
    })
  })

  it('has a gap before every token after the first, and these add up to the time between first and last', () => {
    every((input) => {
      const { gaps, requests, records } = run(input)
      const tokens = sum(requests.osl.map((n) => n - 1))
      if (input.engine.speculation === undefined) expect(sum(gaps.times)).toBe(tokens)
      else expect(sum(gaps.times)).toBeLessThanOrEqual(tokens)
      const decoding = sum(records.finish) - sum(records.first)
      expect(Math.abs(sum(gaps.lengths.map((length, i) => length * gaps.times[i])) - decoding)).toBeLessThanOrEqual(1e-9 * (1 + decoding))
    }, 150)
  })

  it('computes every prompt token that no cache holds', () => {
    every((input) => {
      let prefilled = 0
      const { requests, records } = run({
        ...input,
        step: (shape) => {
          prefilled += shape.prefillTokens
          return input.step(shape)
        },
      })
      const needed = sum(requests.isl) - sum(requests.cached)
      expect(prefilled).toBeGreaterThanOrEqual(needed)
      if (sum(records.preemptions) > 0 || input.engine.blockTokens > 1) return
      expect(prefilled).toBe(needed)
    })
  })

  it('holds no more KV than there is, runs no more requests than seats and fills no step beyond its budget', () => {
    every((input) => {
      const { engine } = input
      const capacity = engine.attentionDp * blocksEach(engine) * engine.blockTokens
      const shapes: StepShape[] = []
      const step = (shape: StepShape) => {
        shapes.push(shape)
        return input.step(shape)
      }
      const { series } = run({ ...input, step })
      const wrong = (s: StepShape) => {
        const width = s.decodeWidth ?? 1
        const decodes = s.decodeSequences / width
        // Of drafts that go beyond the end of a text none is kept.
        const held = s.prefillTokens + s.prefillSequences * s.prefillContext + decodes * (1 + width * s.decodeContext)
        if (held > capacity + 1e-6 || decodes > engine.seats) return true
        if (engine.scheduler.chunkedPrefill && s.prefillTokens + s.decodeSequences > engine.budget) return true
        return !engine.scheduler.mixedSteps && s.prefillTokens > 0 && s.decodeSequences > 0
      }
      if (engine.attentionDp === 1) expect(shapes.filter(wrong)).toEqual([])
      for (const share of series.kv) expect(share >= 0 && share <= 1 + 1e-9).toBe(true)
    }, 200)
  })

  it('finishes no more than concurrency / latency in closed loop', () => {
    every((input) => {
      if (input.arrivals.kind !== 'closed') return
      const { requestsPerSecond, e2e } = summarise(run(input))
      const { concurrency } = input.arrivals
      expect(requestsPerSecond * e2e.mean).toBeLessThanOrEqual((input.replicas ?? 1) * concurrency * (1 + 1e-9))
    })
  })

  it('is the same within half a percent when stretches of decode steps are taken at once, and asks for fewer steps', () => {
    let [fast, slow] = [0, 0]
    every((input) => {
      const [skipped, stepwise] = [run(input), run({ ...input, stepwise: true })]
      fast += skipped.evaluations
      slow += stepwise.evaluations
      const [a, b] = [summarise(skipped), summarise(stepwise)]
      expect(skipped.steps).toBe(stepwise.steps)
      for (const time of ['ttft', 'tpot', 'e2e', 'itl'] as const) {
        for (const of of ['mean', 'p50', 'p90', 'p95', 'p99'] as const) {
          const error = Math.abs(a[time][of] - b[time][of])
          if (error > 0.005 * b[time][of]) throw new Error(`${time} ${of}: ${a[time][of]} skipped, ${b[time][of]} stepwise`)
        }
      }
      expect(Math.abs(a.makespan / b.makespan - 1)).toBeLessThanOrEqual(0.005)
    })
    expect(fast).toBeLessThan(slow)
  })

  it('is the same again with the same seed', () => {
    every((input) => {
      expect(run(input)).toEqual(run(input))
    }, 50)
  })
})
