import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serveColocated } from '../../../cost-model/serve/colocated.ts'
import { decodedTokens, type Load, meanContext, type StepFunction } from '../../../cost-model/serve/load.ts'
import { serveStatic } from '../../../cost-model/serve/static.ts'
import type { StepShape } from '../../../cost-model/step.ts'
import { anyLoad, baseLoad, linearStep, mixing, stalling, whole } from './fixtures.ts'

const runs = { seed: 1, numRuns: 2000 }

/** Two and a half stages' worth of latency, so that pipelines are not trivially even. */
const pipelined: StepFunction = (shape) => {
  const { period } = linearStep(shape)
  return { latency: 2.5 * period, period }
}

function every(law: (load: Load, step: StepFunction) => void): void {
  fc.assert(
    fc.property(anyLoad, (load) => law(load, load.pp > 1 ? pipelined : linearStep)),
    runs,
  )
}

describe('colocated serving, any load', () => {
  it("throughput, TTFT, TPOT and concurrency satisfy Little's law together", () => {
    every((load, step) => {
      const s = serveColocated(load, step)
      expect(s.requestsPerSecond * (s.ttft + decodedTokens(load) * s.tpot)).toBeCloseTo(load.concurrency, 6)
      expect(s.e2e).toBe(s.ttft + decodedTokens(load) * s.tpot)
    })
  })

  it('running, waiting and requests still at the front end add up to the concurrency', () => {
    every((load, step) => {
      const s = serveColocated(load, step)
      expect(s.running + s.waiting + s.requestsPerSecond * load.perRequest).toBeCloseTo(load.concurrency, 6)
      expect(s.running).toBeLessThanOrEqual(Math.min(load.concurrency, load.seats) * (1 + 1e-9))
    })
  })

  it('every number is finite and none is negative', () => {
    every((load, step) => {
      const { regime, weak, parts, ...rest } = serveColocated(load, step)
      // A step with a prompt of fewer tokens than a decode verifies is shorter than one without.
      const { disturbance, ...positive } = parts
      expect(Number.isFinite(disturbance)).toBe(true)
      const numbers = { ...rest, ...positive }
      expect(['decode', 'prefill-bound', 'kv-bound', 'seat-bound']).toContain(regime)
      expect([undefined, 'knee', 'kv', 'preempting']).toContain(weak)
      for (const [name, value] of Object.entries(numbers)) expect(value >= 0 && Number.isFinite(value), `${name} ${value}`).toBe(true)
      expect(numbers.utilisation).toBeLessThanOrEqual(1)
      expect(numbers.requestsPerSecond).toBeGreaterThan(0)
    })
  })

  it('only legal steps are asked for: no more prompt tokens than ranks x budget, no more decodes than requests', () => {
    every((load, step) => {
      const seen: StepShape[] = []
      serveColocated(load, (shape) => {
        seen.push(shape)
        return step(shape)
      })
      const prompt = Math.max(1, load.isl * (1 - load.prefixHit))
      const budget = load.attentionDp * (load.scheduler.chunkedPrefill ? load.chunk : Math.max(load.chunk, prompt))
      const running = Math.min(load.concurrency, load.seats, load.kvSeats)
      const microbatches = Math.max(1, Math.min(load.pp, running / load.attentionDp))
      expect(seen.length).toBeLessThanOrEqual(load.pp > 1 ? 5 : 4)
      for (const s of seen) {
        for (const [name, value] of Object.entries(s)) expect(value >= 0 && Number.isFinite(value), `${name} ${value}`).toBe(true)
        expect(s.prefillTokens).toBeLessThanOrEqual(budget * (1 + 1e-9))
        expect(s.prefillTokens === 0).toBe(s.prefillSequences === 0)
        expect(s.prefillContext).toBeLessThanOrEqual(load.isl)
        expect(s.prefillTokens / (s.prefillRanks ?? 1)).toBeLessThanOrEqual((budget / load.attentionDp) * (1 + 1e-9))
        expect(s.prefillRanks).toBeLessThanOrEqual(load.attentionDp * (1 + 1e-9))
        expect(s.decodeSequences).toBeLessThanOrEqual((running / microbatches) * ((load.speculation?.depth ?? 0) + 1) * (1 + 1e-9))
      }
    })
  })

  it('a single request sees one static prefill and pure decode steps, whatever the scheduler', () => {
    every((any, step) => {
      const load = { ...any, concurrency: 1 }
      const alone = serveColocated(load, step)
      const batch = serveStatic(load, step)
      expect(alone.ttft / batch.ttft).toBeCloseTo(1, 9)
      if (decodedTokens(load) > 1 && load.oslCv === 0) expect(alone.tpot / batch.tpot).toBeCloseTo(1, 9)
    })
  })

  it('a token takes no less than a decode step of the requests that decode at a time', () => {
    every((any) => {
      const load = { ...any, pp: 1, speculation: undefined }
      fc.pre(load.osl >= 2)
      const s = serveColocated(load, linearStep)
      const decoding = Math.min(load.concurrency, s.requestsPerSecond * decodedTokens(load) * s.tpot)
      const shape = {
        prefillTokens: 0,
        prefillSequences: 0,
        prefillContext: 0,
        decodeSequences: decoding,
        decodeContext: meanContext(load),
      }
      expect(s.tpot).toBeGreaterThanOrEqual(linearStep(shape).latency * (1 - 1e-9))
    })
  })

  it('a longer cached prefix never slows the first token of a single request, nor lowers throughput', () => {
    every((any, step) => {
      fc.pre(any.prefixHit > 0.01)
      const cold = { ...any, prefixHit: 0 }
      for (const hit of [any.prefixHit / 2, any.prefixHit]) {
        const [less, more] = [
          { ...cold, concurrency: 1 },
          { ...cold, concurrency: 1, prefixHit: hit },
        ]
        expect(serveColocated(more, step).ttft).toBeLessThanOrEqual(serveColocated(less, step).ttft * (1 + 1e-9))
      }
      if (any.pp > 1) return
      expect(serveColocated(any, step).requestsPerSecond).toBeGreaterThanOrEqual(serveColocated(cold, step).requestsPerSecond * 0.95)
    })
  })
})

describe('colocated serving, as concurrency grows', () => {
  for (const [name, scheduler] of Object.entries({ mixing, stalling, whole })) {
    it(`${name}: throughput never falls and the first token never comes earlier, up to the closed form's own error`, () => {
      for (const [isl, osl] of [
        [128, 1000],
        [1000, 200],
        [4000, 500],
        [8000, 100],
        // Whole prompts: how many fit beside the decodes changes as these grow.
        [858, 256],
      ] as const) {
        let last = serveColocated({ ...baseLoad, isl, osl, scheduler, concurrency: 1 }, linearStep)
        for (let concurrency = 2; concurrency <= 1024; concurrency = Math.ceil(concurrency * 1.3)) {
          const s = serveColocated({ ...baseLoad, isl, osl, scheduler, concurrency }, linearStep)
          expect(s.requestsPerSecond, `${isl}/${osl} at ${concurrency}`).toBeGreaterThanOrEqual(last.requestsPerSecond * 0.995)
          expect(s.ttft, `${isl}/${osl} at ${concurrency}`).toBeGreaterThanOrEqual(last.ttft * 0.995)
          last = s
        }
      }
    })
  }
})
