import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairClosed } from '../../../../cost-model/serve/disaggregated/closed.ts'
import { pairOpen } from '../../../../cost-model/serve/disaggregated/open.ts'
import { prefillCapacity } from '../../../../cost-model/serve/disaggregated/prefill.ts'
import { type Pair, pairCapacity, pairRunning } from '../../../../cost-model/serve/disaggregated/serve.ts'
import { transferCapacity } from '../../../../cost-model/serve/disaggregated/transfer.ts'
import { simulatePair } from './simulate.ts'

interface Numbers {
  readonly fixed: number
  readonly perPrompt: number
  readonly most: number
  readonly holds: number
  readonly sent: number
  readonly latency: number
  readonly tokens: number
  readonly batch: number
  readonly prefillWorkers: number
  readonly decodeWorkers: number
  readonly firstToken: Pair['firstToken']
}

const usual: Numbers = {
  ...{ fixed: 0.05, perPrompt: 0.1, most: 4, holds: 1e6, sent: 0.02, latency: 0, tokens: 200, batch: 64 },
  ...{ prefillWorkers: 2, decodeWorkers: 2, firstToken: 'forwarded' },
}

/** Seconds stand for bytes on a link of one byte per second. */
function pairOf(changes: Partial<Numbers> = {}): Pair {
  const { fixed, perPrompt, most, holds, sent, latency, tokens, batch, prefillWorkers, decodeWorkers, firstToken } = {
    ...usual,
    ...changes,
  }
  return {
    prefill: { fixed, perPrompt, most, passage: 0, perRequest: 0, cv: 0, holds, chunks: 1 },
    decode: { interval: (n) => 0.01 + 0.0002 * n, steps: tokens, batch, seats: 1e6, kvSeats: 1e6, joins: 0.5, outputCv: Math.sqrt(1 / 12) },
    transfer: { sent, received: sent / 20, senders: 1, receivers: 1, bandwidth: 1, latency, pieces: 1 },
    ...{ prefillWorkers, decodeWorkers, firstToken, tokens },
  }
}

const numbers = fc.record({
  fixed: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
  perPrompt: fc.double({ min: 0, max: 0.5, noNaN: true }),
  most: fc.integer({ min: 1, max: 16 }),
  holds: fc.integer({ min: 1, max: 50 }),
  sent: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
  latency: fc.double({ min: 0, max: 0.02, noNaN: true }),
  tokens: fc.integer({ min: 1, max: 500 }),
  batch: fc.integer({ min: 1, max: 128 }),
  prefillWorkers: fc.integer({ min: 1, max: 5 }),
  decodeWorkers: fc.integer({ min: 1, max: 5 }),
  firstToken: fc.constantFrom<Pair['firstToken']>('prefill', 'forwarded', 'recomputed'),
})
const clients = fc.integer({ min: 1, max: 1000 })
const seeded = { seed: 9, numRuns: 200 }

describe('a closed loop over prefill and decode workers', () => {
  it("keeps Little's law, as many requests as it was given, and no more than any stage can do", () => {
    fc.assert(
      fc.property(numbers, clients, (n, c) => {
        const pair = pairOf(n)
        const { ttft, tpot, e2e, requestsPerSecond, concurrency, parts } = pairClosed(pair, c)
        expect(concurrency / c).toBeCloseTo(1, 5)
        expect((requestsPerSecond * (ttft + n.tokens * tpot)) / c).toBeCloseTo(1, 5)
        expect(Object.values(parts).reduce((a, b) => a + b)).toBeCloseTo(e2e, 9)
        const bounds = [
          n.prefillWorkers * prefillCapacity(pair.prefill),
          transferCapacity(pair.transfer, n.prefillWorkers, n.decodeWorkers),
          pairCapacity(pair).rate,
        ]
        for (const bound of bounds) expect(requestsPerSecond).toBeLessThanOrEqual(bound * (1 + 1e-9))
        for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0)
      }),
      seeded,
    )
  })

  it('never serves less with a worker more, or a request more', () => {
    fc.assert(
      fc.property(numbers, clients, (n, c) => {
        const rate = (changes: Partial<Numbers>, more = 0) => pairClosed(pairOf({ ...n, ...changes }), c + more).requestsPerSecond
        const least = rate({}) * (1 - 1e-6)
        expect(rate({ prefillWorkers: n.prefillWorkers + 1 })).toBeGreaterThanOrEqual(least)
        expect(rate({ decodeWorkers: n.decodeWorkers + 1 })).toBeGreaterThanOrEqual(least)
        expect(rate({}, 1)).toBeGreaterThanOrEqual(least)
      }),
      seeded,
    )
  })

  it('is what keeping so many requests on the decode workers takes, seen from the other side', () => {
    const pair = pairOf({ most: 16 })
    const served = pairRunning(pair, 20)
    const back = pairClosed(pair, served.concurrency)
    expect(back.running).toBeCloseTo(20, 0)
    expect(back.requestsPerSecond / served.requestsPerSecond).toBeCloseTo(1, 2)
  })

  it('waits for prefill where that is the bound: the TTFT is what Little leaves', () => {
    const pair = pairOf({ prefillWorkers: 1 })
    const { rate, by } = pairCapacity(pair)
    const { ttft, tpot, requestsPerSecond, parts } = pairClosed(pair, 200)
    expect([by, requestsPerSecond]).toEqual(['prefill', rate])
    expect(ttft).toBeCloseTo(200 / rate - 200 * tpot, 6)
    expect(parts.wait).toBeGreaterThan(10 * parts.prefill)
  })

  it('waits with its KV on the prefill workers for room to decode, as far as they hold it: there the first token is out already', () => {
    const busy = { batch: 8, firstToken: 'prefill' } as const
    const [roomy, tight] = [pairOf(busy), pairOf({ ...busy, holds: 5 })].map((pair) => pairClosed(pair, 64))
    expect(roomy!.requestsPerSecond).toBe(tight!.requestsPerSecond)
    expect(roomy!.parts.admission).toBeGreaterThan(3 * tight!.parts.admission)
    expect(roomy!.ttft).toBeLessThan(tight!.ttft)
    expect(roomy!.tpot).toBeGreaterThan(tight!.tpot)
    expect(roomy!.e2e).toBeCloseTo(tight!.e2e, 9)
  })
})

describe('the way of the KV', () => {
  it('takes no time on an endless link, and never less on a slower one', () => {
    const at = (bandwidth: number) => {
      const pair = pairOf()
      return pairRunning({ ...pair, transfer: { ...pair.transfer, bandwidth } }, 20)
    }
    expect(at(Number.POSITIVE_INFINITY).parts.transfer).toBe(0)
    let last = at(Number.POSITIVE_INFINITY)
    for (const bandwidth of [100, 10, 1, 0.5]) {
      const next = at(bandwidth)
      expect(next.ttft).toBeGreaterThan(last.ttft)
      last = next
    }
  })

  it('lands in the TPOT where the prefill worker gives the first token, else in the TTFT, with a decode step where that makes it again', () => {
    const [first, forwarded, again] = (['prefill', 'forwarded', 'recomputed'] as const).map((firstToken) =>
      pairRunning(pairOf({ firstToken }), 20),
    )
    const interval = 0.01 + 0.0002 * 20
    expect(forwarded!.ttft - first!.ttft).toBeCloseTo(first!.parts.transfer + first!.parts.admission, 12)
    expect((first!.tpot - forwarded!.tpot) * 200).toBeCloseTo(forwarded!.ttft - first!.ttft, 12)
    expect(again!.ttft - forwarded!.ttft).toBeCloseTo(interval, 12)
    expect(again!.tpot).toBeCloseTo(forwarded!.tpot, 12)
  })

  it('hides behind the prefill but for its last piece', () => {
    const at = (pieces: number, sent: number) => {
      const pair = pairOf({ sent, prefillWorkers: 50, most: 1 })
      return pairRunning({ ...pair, transfer: { ...pair.transfer, pieces } }, 1).parts
    }
    expect(at(10, 0.1).transfer).toBeCloseTo(0.01, 3)
    // A slow link is still at it when the last piece is computed.
    expect(at(10, 0.5).transfer).toBeGreaterThan(0.5 - at(10, 0.5).prefill)
    expect(at(1, 0.1).transfer).toBeCloseTo(0.1, 3)
  })
})

describe('against an event by event simulation', () => {
  const pairs: readonly Partial<Numbers>[] = [
    {},
    { most: 1 },
    { prefillWorkers: 1 },
    { most: 16, prefillWorkers: 1 },
    { sent: 0.1 },
    { batch: 8 },
  ]

  it.each(pairs)(
    'a closed loop of %o has its throughput within 4 %, its TPOT within 3 % and its TTFT within 30 % (12 % away from the knee)',
    (changes) => {
      for (const c of [1, 16, 64]) {
        const pair = pairOf(changes)
        const [seen, said] = [simulatePair(pair, { clients: c }, 1000 + 8 * c), pairClosed(pair, c)]
        expect(Math.abs(said.requestsPerSecond / seen.rate - 1), `throughput at ${c}`).toBeLessThan(0.04)
        expect(Math.abs(said.tpot / seen.tpot - 1), `TPOT at ${c}`).toBeLessThan(0.03)
        expect(Math.abs(said.ttft / seen.ttft - 1), `TTFT at ${c}`).toBeLessThan(c < 64 ? 0.12 : 0.3)
      }
    },
  )

  it.each(pairs)('arrivals at %o have their TTFT within 10 % up to 0.7 of the capacity', (changes) => {
    for (const utilisation of [0.3, 0.7]) {
      const pair = pairOf(changes)
      const rate = utilisation * pairCapacity(pair).rate
      const open = pairOpen(pair, { rate, cv: 1 })
      if (open.kind !== 'steady') throw new Error('overloaded below its capacity')
      const seen = simulatePair(pair, { rate }, 4000)
      expect(Math.abs(open.served.ttft / seen.ttft - 1), `TTFT at ${utilisation}`).toBeLessThan(0.1)
      expect(Math.abs(open.served.tpot / seen.tpot - 1), `TPOT at ${utilisation}`).toBeLessThan(0.04)
    }
  })

  it('arrivals beyond the capacity are overloaded by the stage that bounds it', () => {
    const by = (changes: Partial<Numbers>) => {
      const open = pairOpen(pairOf(changes), { rate: 1000, cv: 1 })
      return open.kind === 'overloaded' ? open.by : 'steady'
    }
    expect([by({}), by({ sent: 0.5 }), by({ batch: 4 })]).toEqual(['prefill', 'transfer', 'seats'])
  })
})
