import { describe, expect, it } from 'vitest'
import { type Arrivals, arrivalTimes } from '../../../../cost-model/serve/replay/arrivals.ts'
import { hitOf, type Prefixes } from '../../../../cost-model/serve/replay/prefixes.ts'
import { type Replayed, replay } from '../../../../cost-model/serve/replay/replay.ts'
import { drawRequests, type Requests } from '../../../../cost-model/serve/replay/requests.ts'
import { type Routing, replicasOf } from '../../../../cost-model/serve/replay/route.ts'
import { summarise } from '../../../../cost-model/serve/replay/summary.ts'
import { linearStep } from '../fixtures.ts'
import { fixed, vllm } from './fixtures.ts'

const lengths = { kind: 'drawn', isl: fixed(2000), osl: { kind: 'lognormal', mean: 200, cv: 1 } } as const

function fleet(routing: Routing, replicas: number, arrivals: Arrivals, requests: Requests = drawRequests(lengths, 1500, 0, 1)): Replayed {
  const replayed = replay({ engine: vllm, requests, arrivals, step: linearStep, seed: 1, replicas, routing })
  if (replayed.kind !== 'replayed') throw new Error('too long')
  return replayed
}

describe('requests to several replicas', () => {
  const arrivals = { kind: 'poisson', rate: 24 } as const

  it('wait least where they go to the replica with the fewest, most where they go to any', () => {
    const [least, turns, any] = (['least-loaded', 'round-robin', 'random'] as const).map((r) => summarise(fleet(r, 4, arrivals)).ttft)
    expect(least!.p99).toBeLessThan(turns!.p99)
    expect(turns!.p99).toBeLessThan(any!.p99)
  })

  it('that go in turn see what one replica sees of its part', () => {
    const all = fleet('round-robin', 4, arrivals)
    const mine = (column: Int32Array) => column.filter((_, i) => i % 4 === 0)
    const { isl, osl, cached } = all.requests
    const times = all.records.arrival.filter((_, i) => i % 4 === 0)
    const part = fleet('least-loaded', 1, { kind: 'trace', times }, { isl: mine(isl), osl: mine(osl), cached: mine(cached) })
    const finish = all.records.finish.filter((_, i) => i % 4 === 0)
    part.records.finish.forEach((time, i) => {
      expect(Math.abs(time / finish[i]! - 1)).toBeLessThan(1e-3)
    })
  })

  it('that follow a finished one stay at its replica: each closed loop is one of its own', () => {
    const closed = { kind: 'closed', concurrency: 10, ramp: 0 } as const
    const [one, three] = [1, 3].map((replicas) => summarise(fleet('random', replicas, closed, drawRequests(lengths, replicas * 200, 0, 1))))
    expect(three!.requestsPerSecond / one!.requestsPerSecond).toBeGreaterThan(2.5)
    expect(three!.tpot.mean / one!.tpot.mean).toBeCloseTo(1, 1)
  })

  it('of one session go to one replica', () => {
    const session = Int32Array.from({ length: 300 }, (_, i) => i % 17)
    const to = replicasOf('sticky', 300, 4, { session, seed: 1 })
    expect(to.every((replica, i) => replica === to[i % 17])).toBe(true)
    expect(new Set(to).size).toBe(4)
  })
})

describe('a part of a stream', () => {
  const stream = { kind: 'gamma', rate: 40, cv: 3 } as const
  const cv = (times: Float64Array) => {
    const gaps = times.map((time, i) => time - (times[i - 1] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    return Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean
  }

  it('has its share of the rate, and of the burstiness what its routing leaves', () => {
    const part = (routing: 'random' | 'round-robin') => arrivalTimes({ kind: 'part', of: stream, replicas: 4, routing }, 6000, 2)
    for (const routing of ['random', 'round-robin'] as const) expect(part(routing).at(-1)! / 600).toBeCloseTo(1, 0)
    // In turn: the sum of four gaps. At random: variance 1 + (cv^2 - 1) / 4.
    expect(cv(part('round-robin')) / (3 / 2)).toBeCloseTo(1, 0)
    expect(cv(part('random')) / Math.sqrt(3)).toBeCloseTo(1, 0)
    expect(cv(arrivalTimes({ ...stream, cv: 0 }, 1000, 2))).toBeLessThan(1e-9)
  })
})

describe('prefixes', () => {
  // Two sessions that take turns; every prompt repeats the one before it in its session and adds a block.
  const count = 40
  const blocks = Array.from({ length: count }, (_, i) => Array.from({ length: 1 + (i >> 1) }, (_, b) => 1000 * (i % 2) + b))
  const from = Int32Array.from([0, ...blocks.map((_, i) => blocks.slice(0, i + 1).flat().length)])
  const prefixes: Prefixes = { hashes: Float64Array.from(blocks.flat()), from, blockTokens: 100 }
  const isl = Int32Array.from(blocks, (hashes) => 100 * hashes.length)
  const requests: Requests = { isl, osl: isl.map(() => 5), cached: isl.map(() => 0), prefixes, session: isl.map((_, i) => i % 2) }
  const arrivals = { kind: 'trace', times: Float64Array.from(isl, (_, i) => i) } as const
  const cachedUnder = (routing: Routing, replicas: number) =>
    fleet(routing, replicas, arrivals, requests).requests.cached.reduce((a, b) => a + b, 0)

  it('are found as far as an earlier prompt began alike', () => {
    const seen = new Set<number>()
    expect(blocks.slice(0, 4).map((_, i) => hitOf(prefixes, seen, i, isl[i]))).toEqual([0, 0, 100, 100])
  })

  it('are found at the replica that saw them: all where sessions stick, fewer where they do not', () => {
    const all = cachedUnder('random', 1)
    expect(all).toBe(2 * 100 * ((19 * 20) / 2))
    expect(cachedUnder('sticky', 2)).toBe(all)
    expect(cachedUnder('random', 2)).toBeLessThan(all)
    expect(requests.cached.every((tokens) => tokens === 0)).toBe(true)
  })
})
