import { describe, expect, it } from 'vitest'
import { benchmarkOf, steadyOf } from '../../../../cost-model/serve/replay/measured.ts'
import { e2eOf, summarise, ttftOf } from '../../../../cost-model/serve/replay/summary.ts'
import type { Length } from '../../../../spaces/length.ts'
import { fixed, run } from './fixtures.ts'

const varied: Length = { kind: 'lognormal', mean: 100, cv: 0.8 }
const drawn = (osl: Length) => ({ kind: 'drawn', isl: fixed(500), osl }) as const
const closed = { kind: 'closed', concurrency: 16, ramp: 2 } as const

describe('the steady state of a replay', () => {
  it('leaves out the burst with which a closed loop starts', () => {
    const burst = run({ count: 400, arrivals: { ...closed, ramp: 0 } })
    const steady = steadyOf(burst, 4, 100)!
    expect(Math.max(...steady.latencies.ttft)).toBeLessThan(summarise(burst).ttft.p99)
    expect(steady.ttft).toBeLessThan(summarise(burst).ttft.mean)
  })

  it('holds as many requests as the loop: rate x time in system, of fixed lengths and of drawn ones', () => {
    for (const osl of [fixed(100), varied]) {
      const { requestsPerSecond, e2e, running } = steadyOf(run({ count: 3000, lengths: drawn(osl), arrivals: closed }), 4, 100)!
      expect(Math.abs((requestsPerSecond * e2e) / 16 - 1)).toBeLessThan(0.01)
      expect(running).toBeLessThanOrEqual(16.2)
    }
  })

  it('takes out of the mean that the outputs drawn are longer or shorter than those of the workload', () => {
    const few = (seed: number) => run({ count: 200, lengths: drawn(varied), arrivals: closed, seed })
    const spread = (values: readonly number[]) => Math.max(...values) / Math.min(...values) - 1
    const runs = Array.from({ length: 12 }, (_, seed) => few(seed))
    const plain = runs.map((replayed) => summarise(replayed).e2e.mean)
    const steady = runs.map((replayed) => steadyOf(replayed, 2, 100)!.e2e)
    expect(spread(steady)).toBeLessThan(spread(plain) / 2)
  })

  it('counts the requests that finish before the last one comes', () => {
    const replayed = run({ count: 300, arrivals: closed })
    const { arrival, finish } = replayed.records
    const counted = Array.from(finish.keys()).filter((i) => finish[i]! > 3 && finish[i]! <= Math.max(...arrival))
    const { latencies } = steadyOf(replayed, 3, 100)!
    expect(latencies.ttft).toEqual(counted.map((i) => ttftOf(replayed)[i]))
    expect(latencies.e2e).toEqual(counted.map((i) => e2eOf(replayed)[i]))
    expect([counted.length > 200, counted.length < 300]).toEqual([true, true])
  })

  it('has no time per output token where there is one token', () => {
    const steady = steadyOf(run({ count: 200, lengths: drawn(fixed(1)), arrivals: { kind: 'closed', concurrency: 2, ramp: 0.1 } }), 0.1, 1)!
    expect([steady.tpot, steady.e2e === steady.ttft]).toEqual([0, true])
  })

  it('is not there where nothing finishes in time', () => {
    expect(steadyOf(run({ count: 20, arrivals: closed }), 1e6, 100)).toBeUndefined()
  })
})

describe('a benchmark measured in a replay', () => {
  const benchmark = { promptsPerSlot: 10, warmUp: 0, statistic: 'mean', burst: true } as const
  const replayed = run({ count: 160, arrivals: { ...closed, ramp: 0 } })

  it('prints the means over all requests and the rate of the whole run', () => {
    const { ttft, tpot, e2e, requestsPerSecond } = benchmarkOf(replayed, benchmark, 16, {})!
    const summary = summarise(replayed)
    expect([ttft, tpot, e2e].map((x) => x.toFixed(9))).toEqual(
      [summary.ttft.mean, summary.tpot.mean, summary.e2e.mean].map((x) => x.toFixed(9)),
    )
    expect(requestsPerSecond).toBeCloseTo(summary.requestsPerSecond, 9)
  })

  it('does not count the requests of its warm-up', () => {
    const warm = benchmarkOf(replayed, { ...benchmark, warmUp: 1 }, 16, {})!
    expect(warm.latencies.ttft).toEqual([...ttftOf(replayed)].slice(16))
    expect(warm.ttft).toBeLessThan(benchmarkOf(replayed, benchmark, 16, {})!.ttft)
  })

  it('learns of tokens when the engine hands them over: the first later, all at the same end', () => {
    const [plain, late] = [{}, { streamInterval: 10 }].map((delivery) => benchmarkOf(replayed, benchmark, 16, delivery)!)
    expect(late!.ttft / plain!.ttft).toBeGreaterThan(1)
    expect(late!.ttft).toBeCloseTo(plain!.ttft + 9 * plain!.tpot, 6)
    expect(late!.e2e).toBeCloseTo(plain!.e2e, 9)
  })
})
