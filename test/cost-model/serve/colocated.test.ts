import { describe, expect, it } from 'vitest'
import { serveColocated } from '../../../cost-model/serve/colocated.ts'
import type { Load, StepFunction } from '../../../cost-model/serve/load.ts'
import { heldTokens } from '../../../cost-model/serve/occupancy.ts'
import { baseLoad, linearStep, mixing, stalling, whole } from './fixtures.ts'
import { simulate } from './oracle.ts'

interface Row {
  readonly name: string
  readonly weak: boolean
  readonly throughput: number
  readonly tpot: number
  readonly ttft: number
}

/** Errors of the closed form against the simulation, as fractions. */
function compare(name: string, load: Load, step: StepFunction = linearStep, kvTokens?: number): Row {
  const measured = simulate({ ...load, kvTokens: kvTokens ?? 1e9, blockTokens: 16 }, step, Math.max(200, load.concurrency * 8))
  const s = serveColocated(load, step)
  return {
    name,
    weak: s.weak !== undefined,
    throughput: (s.requestsPerSecond * load.osl) / measured.throughput - 1,
    tpot: s.tpot / measured.tpot - 1,
    ttft: s.ttft / measured.ttft - 1,
  }
}

/** As compare, with KV for so many tokens. */
function full(name: string, load: Load, kvTokens: number): Row {
  return compare(name, { ...load, kvSeats: Math.floor(kvTokens / heldTokens({ ...load, blockTokens: 16 })) }, linearStep, kvTokens)
}

function median(rows: readonly Row[], key: 'throughput' | 'tpot' | 'ttft'): number {
  const sorted = rows.map((r) => Math.abs(r[key])).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

function expectClose(rows: readonly Row[], limits: { throughput: number; tpot: number; ttft: number; worst: number }): void {
  const sure = rows.filter((r) => !r.weak)
  const percent = (x: number) => `${(100 * x).toFixed(1).padStart(7)} %`
  const lines = rows.map((r) => `${percent(r.throughput)}${percent(r.tpot)}${percent(r.ttft)}  ${r.name}${r.weak ? ' (weak)' : ''}`)
  const table = `throughput    tpot     ttft\n${lines.join('\n')}`
  expect(sure.length, table).toBeGreaterThan(0)
  expect(median(rows, 'throughput'), table).toBeLessThan(limits.throughput)
  expect(median(rows, 'tpot'), table).toBeLessThan(limits.tpot)
  expect(median(sure, 'ttft'), table).toBeLessThan(limits.ttft)
  expect(Math.max(...sure.map((r) => Math.abs(r.throughput))), table).toBeLessThan(limits.worst)
}

const base: Load = { ...baseLoad, islCv: 0.1, oslCv: 0.1 }
const lengths = [
  [128, 128],
  [1000, 1000],
  [1000, 100],
  [4000, 500],
  [8000, 200],
] as const

function grid(name: string, scheduler: Load['scheduler'], chunks: readonly number[], concurrencies: readonly number[]): readonly Row[] {
  return lengths.flatMap(([isl, osl]) =>
    chunks.flatMap((chunk) =>
      concurrencies.map((concurrency) =>
        compare(`${name} ${isl}/${osl} budget ${chunk} concurrency ${concurrency}`, { ...base, isl, osl, chunk, concurrency, scheduler }),
      ),
    ),
  )
}

describe('the closed form agrees with a stepwise simulation', () => {
  it('where steps mix prompts and decodes, from decode-bound to prefill-bound', () => {
    expectClose(grid('mixing', mixing, [512, 2048, 8192], [1, 8, 32, 64]), { throughput: 0.01, tpot: 0.01, ttft: 0.05, worst: 0.03 })
  })

  it('where prefill stalls decodes', () => {
    expectClose(grid('stalling', stalling, [2048, 8192], [1, 8, 64]), { throughput: 0.01, tpot: 0.01, ttft: 0.05, worst: 0.06 })
  })

  it('where prefill stalls decodes and prompts arrive faster than one at a time', () => {
    const rows = [
      [1000, 20, 64],
      [300, 30, 128],
      [3000, 40, 64],
    ].map(([isl, osl, concurrency]) =>
      compare(`${isl}/${osl} at ${concurrency}`, { ...base, isl, osl, concurrency, scheduler: stalling } as Load),
    )
    expectClose(rows, { throughput: 0.03, tpot: 0.03, ttft: 0.06, worst: 0.06 })
  })

  it('where prompts go through whole', () => {
    expectClose(grid('whole', whole, [8192], [1, 8, 64]), { throughput: 0.01, tpot: 0.01, ttft: 0.05, worst: 0.03 })
  })

  it('where whole prompts hardly fit beside decodes: steps with one more and one less take turns', () => {
    const rows = [260, 300, 400, 500].map((concurrency) =>
      compare(`400/128 budget 1000 at ${concurrency}`, {
        ...base,
        isl: 400,
        islCv: 0,
        osl: 128,
        chunk: 1000,
        concurrency,
        scheduler: whole,
      }),
    )
    expectClose(rows, { throughput: 0.015, tpot: 0.03, ttft: 0.05, worst: 0.03 })
  })

  it('where a step is formed before the last one is known', () => {
    expectClose(grid('async', { ...mixing, asyncScheduling: true }, [2048], [1, 8, 64]), {
      throughput: 0.01,
      tpot: 0.01,
      ttft: 0.1,
      worst: 0.03,
    })
  })

  it('where step time has a knee: reading the weights hides small prompts', () => {
    const knee: StepFunction = (s) => {
      const kv = 0.1045e-6 * s.decodeSequences * s.decodeContext
      const seconds = Math.max(10.38e-3, 35.2e-6 * (s.prefillTokens + s.decodeSequences)) + kv
      return { latency: seconds, period: seconds }
    }
    const rows = [2048, 8192].flatMap((chunk) =>
      lengths.flatMap(([isl, osl]) =>
        [1, 8, 64].map((concurrency) =>
          compare(`${isl}/${osl} budget ${chunk} at ${concurrency}`, { ...base, isl, osl, chunk, concurrency }, knee),
        ),
      ),
    )
    expectClose(rows, { throughput: 0.01, tpot: 0.01, ttft: 0.05, worst: 0.1 })
  })

  it('with half of every prompt in the prefix cache', () => {
    const rows = lengths.map(([isl, osl]) => compare(`${isl}/${osl}`, { ...base, isl, osl, prefixHit: 0.5, concurrency: 32 }))
    expectClose(rows, { throughput: 0.02, tpot: 0.02, ttft: 0.1, worst: 0.05 })
  })

  it('where KV runs out, with long outputs varying a lot', () => {
    const rows = [0.1, 0.8].flatMap((oslCv) =>
      (
        [
          [1000, 1000, 64, 48_000],
          [2000, 200, 64, 40_000],
          [4000, 500, 64, 100_000],
          [860, 650, 128, 41_408],
        ] as const
      ).flatMap(([isl, osl, concurrency, kvTokens]) =>
        (
          [
            ['grows', mixing],
            ['reserves all', { ...whole, chunkedPrefill: true }],
          ] as const
        ).map(([name, scheduler]) =>
          full(`${name} ${isl}/${osl} cv ${oslCv} KV ${kvTokens}`, { ...base, isl, osl, oslCv, concurrency, scheduler }, kvTokens),
        ),
      ),
    )
    expectClose(rows, { throughput: 0.02, tpot: 0.03, ttft: 0.05, worst: 0.05 })
  })

  it('where seats run out', () => {
    const rows = (
      [
        [1000, 1000, 16],
        [2000, 200, 32],
        [128, 500, 40],
        [4000, 500, 8],
      ] as const
    ).map(([isl, osl, seats]) => compare(`${isl}/${osl} seats ${seats}`, { ...base, isl, osl, seats, oslCv: 0.5, concurrency: 64 }))
    expectClose(rows, { throughput: 0.02, tpot: 0.02, ttft: 0.05, worst: 0.03 })
  })
})

describe('what limits a replica is named', () => {
  const load: Load = { ...base, concurrency: 64 }

  it('decode, where neither prompts nor requests queue', () => {
    const s = serveColocated(load, linearStep)
    expect(s).toMatchObject({ regime: 'decode', weak: undefined, queue: 0, waiting: 0 })
    expect(s.running).toBeCloseTo(64, 9)
  })

  it('prefill, where prompts need more than the budget that decodes leave', () => {
    const s = serveColocated({ ...load, isl: 8000, osl: 100, chunk: 512 }, linearStep)
    expect(s).toMatchObject({ regime: 'prefill-bound', weak: undefined })
    expect(s.utilisation).toBeGreaterThan(0.99)
  })

  it('prefill, where decodes stall for it more than they run', () => {
    expect(serveColocated({ ...load, isl: 8000, osl: 100, scheduler: stalling }, linearStep).regime).toBe('prefill-bound')
    expect(serveColocated({ ...load, isl: 100, osl: 1000, scheduler: stalling }, linearStep).regime).toBe('decode')
  })

  it('KV or seats, whichever is the smaller, with the rest waiting', () => {
    const kv = serveColocated({ ...load, kvSeats: 9 }, linearStep)
    expect(kv.regime).toBe('kv-bound')
    expect(kv.running).toBeCloseTo(9, 9)
    expect(kv.waiting).toBeCloseTo(55, 9)
    const seat = serveColocated({ ...load, seats: 8, kvSeats: 9 }, linearStep)
    expect(seat.regime).toBe('seat-bound')
    expect(seat.running).toBeCloseTo(8, 9)
    expect(seat.ttft).toBeGreaterThan(kv.ttft)
  })

  it('and more requests than can run only wait: throughput and TPOT stay', () => {
    const some = serveColocated({ ...load, seats: 8, concurrency: 16 }, linearStep)
    const many = serveColocated({ ...load, seats: 8, concurrency: 160 }, linearStep)
    expect(many.requestsPerSecond).toBeCloseTo(some.requestsPerSecond, 9)
    expect(many.tpot).toBeCloseTo(some.tpot, 12)
    expect(many.ttft - some.ttft).toBeCloseTo(144 / some.requestsPerSecond, 6)
  })
})

describe('the limits of the closed form', () => {
  it('are where prompts begin to queue and where KV runs out, and wherever requests are often preempted', () => {
    const weak = (changes: Partial<Load>) => serveColocated({ ...base, ...changes }, linearStep).weak
    expect(weak({ concurrency: 32 })).toBeUndefined()
    expect(weak({ concurrency: 20, kvSeats: 20 })).toBe('kv')
    expect(weak({ concurrency: 20, kvSeats: 200 })).toBeUndefined()
    expect(weak({ concurrency: 64, isl: 4000, osl: 500, chunk: 512 })).toBe('knee')
    expect(weak({ concurrency: 200, kvSeats: 20, isl: 500, osl: 1000 })).toBe('preempting')
    expect(weak({ concurrency: 200, kvSeats: 20, isl: 4000, osl: 100 })).toBeUndefined()
  })

  it('do not let more prompt tokens through than the budget does', () => {
    for (const concurrency of [2, 8, 64, 512]) {
      const s = serveColocated({ ...base, isl: 1000, osl: 1, chunk: 512, concurrency }, linearStep)
      expect(s.requestsPerSecond * 1000).toBeLessThanOrEqual((512 / (10.38e-3 + 512 * 35.2e-6)) * (1 + 1e-9))
      expect(s).toMatchObject({ tpot: 0, e2e: s.ttft })
    }
  })
})

describe('pipelines, attention ranks and drafts', () => {
  const even: StepFunction = (shape) => ({ latency: linearStep(shape).latency * 4, period: linearStep(shape).period })

  it('a round of microbatches is as slow as the stages together, or as the slowest stage once per microbatch', () => {
    const alone = serveColocated({ ...base, pp: 4, concurrency: 1 }, even)
    const context = base.isl + (base.osl * (1 + base.oslCv ** 2)) / 2
    const decode = (n: number) =>
      even({ prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: n, decodeContext: context })
    expect(alone.tpot).toBeCloseTo(decode(1).latency, 12)
    const four = serveColocated({ ...base, pp: 4, concurrency: 4, isl: 1, osl: 10_000, oslCv: 0 }, even)
    const flat = decode(1).latency - 4 * 0.1045e-6 * context + 4 * 0.1045e-6 * 5001
    expect(four.tpot / flat).toBeCloseTo(1, 3)
  })

  it('a pipeline of 4 serves more than one stage and less than four times as much, and never answers one request sooner', () => {
    const one = serveColocated({ ...base, concurrency: 64 }, even)
    const four = serveColocated({ ...base, concurrency: 64, pp: 4 }, even)
    expect(four.requestsPerSecond).toBeGreaterThan(one.requestsPerSecond)
    expect(four.requestsPerSecond).toBeLessThan(4 * one.requestsPerSecond)
  })

  it('attention ranks prefill side by side: the more there are, the shorter the queue of a prefill-bound replica', () => {
    const ranked: StepFunction = (s) => linearStep({ ...s, prefillTokens: s.prefillTokens / (s.prefillRanks ?? 1) })
    const load: Load = { ...base, isl: 8000, osl: 100, chunk: 2048, concurrency: 64 }
    const at = (attentionDp: number) => serveColocated({ ...load, attentionDp }, ranked)
    expect(at(2).requestsPerSecond).toBeGreaterThan(1.5 * at(1).requestsPerSecond)
    expect(at(8).requestsPerSecond).toBeGreaterThan(at(2).requestsPerSecond)
    expect(at(8).ttft).toBeLessThan(at(2).ttft)
  })

  it('ranks that step together are no faster than as many replicas, and hardly slower where prompts are rare', () => {
    const fullest: StepFunction = (s) =>
      linearStep({ ...s, prefillTokens: s.prefillTokens / (s.prefillRanks ?? 1), decodeSequences: s.decodeSequences / 8 })
    for (const [isl, osl, least] of [
      [100, 1000, 0.9],
      [1000, 200, 0.4],
      [8000, 100, 0.3],
    ] as const) {
      for (const concurrency of [1, 4, 32]) {
        const apart = serveColocated({ ...base, isl, osl, concurrency }, linearStep)
        const together = serveColocated({ ...base, isl, osl, attentionDp: 8, concurrency: 8 * concurrency }, fullest)
        const ratio = together.requestsPerSecond / (8 * apart.requestsPerSecond)
        expect(ratio, `${isl}/${osl} at ${concurrency}`).toBeLessThanOrEqual(1.001)
        expect(ratio, `${isl}/${osl} at ${concurrency}`).toBeGreaterThan(least)
      }
    }
  })

  it('ranks that hold prompts back for each other disturb decodes less and answer later', () => {
    const fullest: StepFunction = (s) =>
      linearStep({ ...s, prefillTokens: s.prefillTokens / (s.prefillRanks ?? 1), decodeSequences: s.decodeSequences / 8 })
    const at = (admissionHold: number) =>
      serveColocated(
        { ...base, isl: 4000, osl: 1000, chunk: 8192, attentionDp: 8, scheduler: { ...mixing, admissionHold }, concurrency: 64 },
        fullest,
      )
    expect(at(50).tpot).toBeLessThan(0.8 * at(1).tpot)
    expect(at(50).ttft).toBeGreaterThan(1.5 * at(1).ttft)
  })

  it('drafts that are always accepted divide the decode steps, drafts that never are only cost', () => {
    const load: Load = { ...base, concurrency: 1 }
    const plain = serveColocated(load, linearStep)
    const lucky = serveColocated({ ...load, speculation: { depth: 3, acceptance: 1 } }, linearStep)
    const wasted = serveColocated({ ...load, speculation: { depth: 3, acceptance: 0 } }, linearStep)
    expect(lucky.tpot * 4).toBeCloseTo(wasted.tpot, 12)
    expect(wasted.tpot).toBeGreaterThan(plain.tpot)
    expect(wasted.tpot - plain.tpot).toBeCloseTo(3 * 26.6e-6, 12)
  })
})
