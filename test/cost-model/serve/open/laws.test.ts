import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodedTokens } from '../../../../cost-model/serve/load.ts'
import { splitStream } from '../../../../cost-model/serve/open/arrivals.ts'
import { capacityOf } from '../../../../cost-model/serve/open/capacity.ts'
import { fullReplica } from '../../../../cost-model/serve/open/full.ts'
import { quantiles, shareMeeting } from '../../../../cost-model/serve/open/latencies.ts'
import { serveOpen } from '../../../../cost-model/serve/open/open.ts'
import { sloCapacity } from '../../../../cost-model/serve/open/slo-capacity.ts'
import { anyLoad, baseLoad, linearStep } from '../fixtures.ts'

const bearable = fc.record({ load: anyLoad, share: fc.double({ min: 0.05, max: 0.95, noNaN: true }), cv: fc.constantFrom(0.3, 1, 1, 3) })
const runs = { seed: 1, numRuns: 60 }

describe('a replica in open loop, any load', () => {
  it("satisfies Little's law, and its latencies are finite, positive and in order", () => {
    fc.assert(
      fc.property(bearable, ({ load, share, cv }) => {
        const rate = share * fullReplica(load, linearStep).rate
        const s = serveOpen(load, { rate, cv }, linearStep)
        if (s.kind === 'overloaded') throw new Error('overloaded below its capacity')
        expect(s.concurrency / (rate * s.e2e)).toBeCloseTo(1, 12)
        expect(s.e2e).toBe(s.ttft + decodedTokens(load) * s.tpot)
        for (const value of [s.ttft, s.e2e, s.concurrency]) expect(value > 0 && Number.isFinite(value)).toBe(true)
        for (const name of ['ttft', 'tpot', 'e2e', 'itl'] as const) {
          const values = quantiles(s.latencies, name, [0.5, 0.9, 0.95, 0.99])
          for (const [i, value] of values.entries())
            expect(value >= (values[i - 1] ?? 0) && Number.isFinite(value), `${name} ${values}`).toBe(true)
        }
        expect(shareMeeting(s.latencies, {})).toBeCloseTo(1, 9)
      }),
      runs,
    )
  })

  it('says what bounds it where more arrives than it can serve, instead of a number without end', () => {
    fc.assert(
      fc.property(anyLoad, (load) => {
        const { rate } = fullReplica(load, linearStep)
        const s = serveOpen(load, { rate: 1.01 * rate, cv: 1 }, linearStep)
        expect(s).toMatchObject({ kind: 'overloaded', rate })
        expect(['work', 'token-budget', 'seats', 'kv']).toContain(s.kind === 'overloaded' ? s.by : '')
      }),
      runs,
    )
  })

  it('gives the same in every call', () => {
    const serve = () => serveOpen(baseLoad, { rate: 5, cv: 2 }, linearStep)
    expect(serve()).toEqual(serve())
  })

  it('is slower the more arrives, and the more in bursts', () => {
    const at = (rate: number, cv = 1) => {
      const s = serveOpen({ ...baseLoad, seats: 128 }, { rate, cv }, linearStep)
      if (s.kind === 'overloaded') throw new Error('overloaded')
      return s
    }
    for (const [less, more] of [
      [1, 3],
      [3, 6],
      [6, 9],
    ] as const) {
      expect(at(more).tpot).toBeGreaterThan(at(less).tpot)
      expect(at(more).ttft).toBeGreaterThan(at(less).ttft)
    }
    // Mean TTFT 3.2 to 4 times as long at CV 3 in BLIS' runs close to saturation (reference: its pull request 818).
    expect(at(9, 3).ttft).toBeGreaterThan(1.5 * at(9).ttft)
    expect(at(9, 0.3).ttft).toBeLessThan(at(9).ttft)
  })
})

describe('the capacity of a replica', () => {
  // T = a + b p + d D + c KV of the fixture; formulas of the reference for serving, corrections 2.
  const [a, b, d, c] = [10.38e-3, 35.2e-6, 26.6e-6, 0.1045e-6]
  const work = (isl: number, osl: number) => b * isl + (osl - 1) * (d + c * (isl + osl / 2))

  it('is bounded by the token budget: B / (a (P + G - 1) + B w), 8.45 requests/s at P 2000, G 30, B 512 where work alone says 12.9', () => {
    const { rate, by } = capacityOf({ ...baseLoad, isl: 2000, osl: 30, chunk: 512 }, linearStep)
    expect(by).toBe('token-budget')
    expect(rate / (512 / (a * 2029 + 512 * work(2000, 30)))).toBeCloseTo(1, 2)
    expect(rate).toBeCloseTo(8.45, 1)
  })

  it('by seats: S / (a (G - 1) + S w)', () => {
    const { rate, by } = capacityOf({ ...baseLoad, seats: 32 }, linearStep)
    expect(by).toBe('seats')
    expect(rate / (32 / (a * 199 + 32 * work(1000, 200)))).toBeCloseTo(1, 1)
  })

  it('by KV: the same with as many as fit, less what preemption takes (6 to 10 % in the reference)', () => {
    const { rate, by } = capacityOf({ ...baseLoad, kvSeats: 32 }, linearStep)
    expect(by).toBe('kv')
    const share = rate / (32 / (a * 199 + 32 * work(1000, 200)))
    expect(share).toBeLessThan(0.96)
    expect(share).toBeGreaterThan(0.88)
  })

  it('or by the work itself: at most 1 / w', () => {
    const { rate, by } = capacityOf({ ...baseLoad, chunk: 8192 }, linearStep)
    expect(by).toBe('work')
    expect(rate * work(1000, 200)).toBeLessThan(1)
    expect(rate * work(1000, 200)).toBeGreaterThan(0.94)
  })
})

describe('the SLO capacity of a replica', () => {
  it('never falls as a bound is loosened, whatever the load, and is below what the replica can serve', () => {
    const slo = fc.record({ ttft: fc.double({ min: 0.01, max: 10, noNaN: true }), tpot: fc.double({ min: 0.005, max: 0.2, noNaN: true }) })
    fc.assert(
      fc.property(
        anyLoad,
        slo,
        fc.constantFrom(undefined, 0.5, 0.95),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (load, bounds, share, factor) => {
          const tight = sloCapacity(load, 1, { ...bounds, share }, linearStep)
          const loose = sloCapacity(load, 1, { ttft: bounds.ttft * factor, tpot: bounds.tpot * factor, share }, linearStep)
          expect(loose).toBeGreaterThanOrEqual(tight)
          expect(loose).toBeLessThanOrEqual(fullReplica(load, linearStep).rate)
        },
      ),
      { seed: 1, numRuns: 12 },
    )
  })

  it('is the rate up to which the percentile is kept, less for a higher percentile', () => {
    const load = { ...baseLoad, seats: 128 }
    const at = (share: number | undefined) => sloCapacity(load, 1, { ttft: 1, tpot: 0.03, share }, linearStep)
    const [median, most, mean] = [at(0.5), at(0.99), at(undefined)]
    expect(most).toBeLessThan(median)
    expect(most).toBeLessThan(mean)
    const just = serveOpen(load, { rate: most, cv: 1 }, linearStep)
    if (just.kind === 'overloaded') throw new Error('overloaded')
    expect(quantiles(just.latencies, 'tpot', [0.99])[0]).toBeLessThanOrEqual(0.03)
    expect(quantiles(just.latencies, 'tpot', [0.99])[0]).toBeGreaterThan(0.027)
    // Reference for serving, 3.2: (1 - a / tau) / w is a bound from above.
    expect(mean).toBeLessThan((1 - 10.38e-3 / 0.03) / (35.2e-3 + 199 * (26.6e-6 + 0.1045e-6 * 1100)))
    expect(sloCapacity(load, 1, { tpot: 0.005 }, linearStep)).toBe(0)
  })
})

it('a stream split at random over many replicas comes closer to Poisson', () => {
  expect(splitStream({ rate: 8, cv: 3 }, 4)).toEqual({ rate: 2, cv: Math.sqrt(3) })
  expect(splitStream({ rate: 8, cv: 1 }, 4)).toEqual({ rate: 2, cv: 1 })
})
