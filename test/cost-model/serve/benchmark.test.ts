import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Benchmarked, serveBenchmark } from '../../../cost-model/serve/benchmark.ts'
import { serveColocated } from '../../../cost-model/serve/colocated.ts'
import type { Load } from '../../../cost-model/serve/load.ts'
import { drawRequests } from '../../../cost-model/serve/replay/requests.ts'
import { ttftOf } from '../../../cost-model/serve/replay/summary.ts'
import { benchmarkLatencies, printed } from '../../../cost-model/serve/statistic.ts'
import { type Benchmark, drawnLength } from '../../../spaces/benchmark.ts'
import { lengthMoments } from '../../../spaces/length.ts'
import { makeRng } from '../../../spaces/rng.ts'
import { anyLoad, baseLoad, linearStep } from './fixtures.ts'
import { fixed, run, sglang, trtllm, vllm } from './replay/fixtures.ts'

const tenPerSlot: Benchmark = { promptsPerSlot: 10, warmUp: 0, statistic: 'mean', burst: true }

/** A random benchmark whose KV is never full: as the closed form sees it, and as a replay measures it. */
function tried(i: number) {
  const rng = makeRng(77, i)
  const pick = <T>(values: readonly T[]) => values[rng.below(values.length)]!
  const base = pick([vllm, sglang, trtllm])
  const [isl, osl, range] = [pick([200, 1000, 4000, 8000]), pick([100, 300, 1000]), pick([0.8, 0.8, 1, 0.5])]
  const [concurrency, budget, attentionDp] = [pick([4, 8, 16, 32, 64, 128]), pick([8192, 16384]), pick([1, 1, 1, 4])]
  const benchmark = { ...tenPerSlot, promptsPerSlot: pick([5, 10]) }
  const lengths = { kind: 'drawn', isl: drawnLength(fixed(isl), range), osl: drawnLength(fixed(osl), range) } as const
  const count = benchmark.promptsPerSlot * concurrency
  const requests = drawRequests(lengths, count, 0, i)
  const engine = { ...base, budget, attentionDp, blocks: Number.POSITIVE_INFINITY, seats: 1024 }
  const replayed = run({ engine, requests, arrivals: { kind: 'closed', concurrency, ramp: 0 }, seed: i })
  const { first, finish } = replayed.records
  const [prompt, output] = [lengthMoments(lengths.isl), lengthMoments(lengths.osl)]
  const policy = base === sglang ? ('prefill-first' as const) : ('running-first' as const)
  const load: Load = {
    ...baseLoad,
    ...{ concurrency, isl: prompt.mean, islCv: prompt.cv, osl: output.mean, oslCv: output.cv, attentionDp, chunk: budget },
    ...{ seats: 1024 * attentionDp, scheduler: { ...engine.scheduler, policy } },
  }
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / count
  const measured = {
    ttft: mean(ttftOf(replayed)),
    tpot: mean(finish.map((at, r) => (at - first[r]!) / (requests.osl[r]! - 1))),
    requestsPerSecond: count / replayed.makespan,
  }
  const name = `${range * isl}-${isl} in, ${range * osl}-${osl} out, ${concurrency} at once, budget ${budget}, ${attentionDp} ranks`
  return { name, measured, ttfts: ttftOf(replayed), load, predicted: serveBenchmark(load, benchmark, {}, linearStep) }
}

const points = Array.from({ length: 80 }, (_, i) => tried(i))

/** Ascending errors of one figure, as shares. */
function errors(of: keyof (typeof points)[number]['measured'], predicted: (point: (typeof points)[number]) => number): readonly number[] {
  return points.map((point) => Math.abs(predicted(point) / point.measured[of] - 1)).sort((a, b) => a - b)
}

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(share * sorted.length)]!

describe('what a benchmark prints', () => {
  it('is predicted as a replay of 80 random ones measures it, where the steady state has a third of the TTFT', () => {
    const ours = (of: keyof (typeof points)[number]['measured']) => errors(of, ({ predicted }) => predicted[of])
    const steady = errors('ttft', ({ load }) => serveColocated(load, linearStep).ttft)
    const table = (['ttft', 'tpot', 'requestsPerSecond'] as const).map((of) => [of, at(ours(of), 0.5), at(ours(of), 0.9)])
    const printedTable = JSON.stringify({ table, steady: at(steady, 0.5) })
    expect(at(ours('ttft'), 0.5), printedTable).toBeLessThan(0.03)
    expect(at(ours('ttft'), 0.9), printedTable).toBeLessThan(0.15)
    expect(at(ours('tpot'), 0.5), printedTable).toBeLessThan(0.015)
    expect(at(ours('requestsPerSecond'), 0.5), printedTable).toBeLessThan(0.03)
    expect(at(steady, 0.5), printedTable).toBeGreaterThan(0.4)
  })

  it('has the median and the 90th percentile of the TTFT within a quarter, in the median of these', () => {
    const off = (share: number, statistic: 'median' | 'p90') =>
      points
        .filter((_, i) => i % 4 === 0)
        .map(({ load, predicted, ttfts }) => {
          const { ttft } = printed(benchmarkLatencies(load, predicted, linearStep), statistic)
          return Math.abs(ttft / ttfts.toSorted()[Math.floor(share * (ttfts.length - 1))]! - 1)
        })
        .sort((a, b) => a - b)
    const found = JSON.stringify([at(off(0.5, 'median'), 0.5), at(off(0.9, 'p90'), 0.5)])
    expect(at(off(0.5, 'median'), 0.5), found).toBeLessThan(0.25)
    expect(at(off(0.9, 'p90'), 0.5), found).toBeLessThan(0.25)
  })

  const load: Load = { ...baseLoad, concurrency: 64, islCv: 0.06, oslCv: 0.06 }
  const serve = (changes: Partial<Benchmark>, delivery = {}): Benchmarked =>
    serveBenchmark(load, { ...tenPerSlot, ...changes }, delivery, linearStep)

  it('is a number above 0 whatever the load, and the first wave is one of as many as there are prompts per slot', () => {
    const few = anyLoad.filter(({ isl, concurrency, chunk }) => (isl * concurrency) / chunk < 1e4)
    const law = fc.property(
      few,
      fc.constantFrom(1, 3.5, 40),
      fc.constantFrom(0, 2),
      fc.boolean(),
      (load, promptsPerSlot, warmUp, burst) => {
        const { ttft, tpot, e2e, requestsPerSecond, firstShare } = serveBenchmark(
          load,
          { ...tenPerSlot, promptsPerSlot, warmUp, burst },
          {},
          linearStep,
        )
        for (const value of [ttft, e2e, requestsPerSecond]) if (!(value > 0 && Number.isFinite(value))) throw new Error(`${value}`)
        expect(tpot).toBeGreaterThanOrEqual(0)
        expect(firstShare).toBeCloseTo(warmUp > 0 || !burst ? 0 : 1 / promptsPerSlot, 9)
      },
    )
    fc.assert(law, { seed: 3, numRuns: 500 })
  })

  it('comes to the steady state with ever more prompts per slot', () => {
    const steady = serveColocated(load, linearStep)
    const [ten, many] = [serve({}), serve({ promptsPerSlot: 10_000 })]
    expect(ten.ttft).toBeGreaterThan(2 * steady.ttft)
    expect(many.ttft / steady.ttft).toBeCloseTo(1, 1)
    expect(many.requestsPerSecond / steady.requestsPerSecond).toBeCloseTo(1, 2)
  })

  it('has no burst in it after a warm-up, or where slots start one by one', () => {
    const burst = serve({})
    expect(serve({ warmUp: 1 }).ttft).toBeLessThan(burst.ttft / 2)
    expect(serve({ burst: false }).ttft).toBeLessThan(burst.ttft / 2)
  })

  it('delivers the first token with the others of its interval', () => {
    const [plain, streamed] = [serve({}), serve({}, { streamInterval: 11 })]
    expect(streamed.ttft - plain.ttft).toBeCloseTo(10 * plain.tpot, 9)
    expect(streamed.e2e).toBeCloseTo(plain.e2e, 9)
  })

  it('takes requests in at the next look, ten steps later in the mean; where prompts stall decodes, with all that came since the last', () => {
    const looking = (mixedSteps: boolean, receiveInterval: number) =>
      serveColocated({ ...load, scheduler: { ...load.scheduler, mixedSteps, receiveInterval } }, linearStep)
    const [mixed, stalled] = [true, false].map((mixedSteps) => [looking(mixedSteps, 1), looking(mixedSteps, 21)] as const)
    const step = linearStep({ prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: 64, decodeContext: 1100 })
    expect((mixed![1].ttft - mixed![0].ttft) / (10 * step.latency)).toBeCloseTo(1, 1)
    const gathered = stalled![1].ttft - stalled![0].ttft - 10 * step.latency
    expect(gathered).toBeGreaterThan(0)
    expect(gathered).toBeLessThan(stalled![1].parts.prefill)
    // Who waits for a look meets others' prompts meanwhile, not while decoding.
    expect(stalled![1].tpot).toBeLessThan(stalled![0].tpot)
    expect(stalled![1].tpot).toBeGreaterThan(0.8 * stalled![0].tpot)
  })
})
