import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countStep, rowsIn } from '../../cost-model/counts.ts'
import type { LayoutModel } from '../../cost-model/layout-model.ts'
import { decodeInterval, pipelinedPrefill, stageLayers } from '../../cost-model/pipeline.ts'
import { type StepShape, stepTime } from '../../cost-model/step.ts'
import { opTime } from '../../cost-model/timed.ts'
import { bf16, decode, kinds, legalCases, modelFor, modelOf, poolFor, prefill } from './layouts.ts'

/** Sums over ops as the readable reference gives them: what the op table must equal. */
function reference(
  model: LayoutModel,
  shape: StepShape,
): Pick<ReturnType<typeof stepTime>, 'latency' | 'period' | 'flops' | 'bytes' | 'sent'> {
  const counts = countStep(shape, model.attentionDp, model.captured)
  const stages = model.repeats.length / model.segments.length
  const perStage = Array<number>(stages).fill(0)
  const sums = { flops: 0, bytes: 0, sent: 0 }
  for (const [k, { ops }] of model.segments.entries()) {
    const running = ops.map((op) => ({ op, rows: rowsIn(op.rows, counts) })).filter(({ rows }) => rows > 0)
    const times = running.map(({ op, rows }) => opTime(op, rows, counts))
    const gpu = times.reduce((sum, t) => sum + t.seconds, 0)
    const host = running.reduce((sum, { op }) => sum + model.launch + (op.network ? model.eagerCollective : 0), 0)
    for (let s = 0; s < stages; s++) {
      const repeat = model.repeats[s * model.segments.length + k]!
      perStage[s]! += repeat * (counts.eager ? Math.max(gpu, host) : gpu)
      for (const { work } of times) {
        sums.flops += repeat * work.flops
        sums.bytes += repeat * (work.read + work.write)
        sums.sent += repeat * work.sent
      }
    }
  }
  return { latency: perStage.reduce((a, b) => a + b, 0), period: Math.max(...perStage), ...sums }
}

const shapes = fc.record({
  prefillTokens: fc.integer({ min: 0, max: 9000 }),
  prefillSequences: fc.integer({ min: 1, max: 4 }),
  prefillContext: fc.integer({ min: 0, max: 20000 }),
  decodeSequences: fc.integer({ min: 0, max: 1500 }),
  decodeContext: fc.integer({ min: 1, max: 50000 }),
})

describe('the time of a step', () => {
  it('is the sum over the ops, each of them as the roofline has it', () => {
    fc.assert(
      fc.property(legalCases(), shapes, (plan, shape) => {
        const model = modelFor(plan)
        const time = stepTime(model, shape)
        const expected = reference(model, shape)
        for (const key of ['latency', 'period', 'flops', 'bytes', 'sent'] as const) {
          const scale = Math.max(expected[key], 1e-12)
          expect(Math.abs(time[key] - expected[key]) / scale, key).toBeLessThan(1e-9)
        }
        const parts = time.compute + time.memory + time.communication + time.overhead
        expect(parts / Math.max(time.latency, 1e-12)).toBeCloseTo(time.latency === 0 ? 0 : 1, 9)
        expect(time[time.bound]).toBe(Math.max(time.compute, time.memory, time.communication, time.overhead))
      }),
      { seed: 1, numRuns: 120 },
    )
  })

  it('never falls with more tokens, longer contexts or more sequences', () => {
    const fields = ['prefillTokens', 'prefillContext', 'decodeSequences', 'decodeContext'] as const
    fc.assert(
      fc.property(legalCases(), shapes, fc.constantFrom(...fields), fc.integer({ min: 1, max: 3000 }), (plan, shape, field, more) => {
        const model = modelFor(plan)
        const grown = { ...shape, [field]: shape[field] + more }
        const [a, b] = [stepTime(model, shape), stepTime(model, grown)]
        expect(b.latency).toBeGreaterThanOrEqual(a.latency * (1 - 1e-9))
        expect(b.period).toBeGreaterThanOrEqual(a.period * (1 - 1e-9))
      }),
      { seed: 2, numRuns: 200 },
    )
  })

  it('never rises with more memory bandwidth, more FLOPS or faster links', () => {
    const wider = (figure: unknown, by: number) =>
      typeof figure === 'number' ? figure * by : { ...(figure as { value: number }), value: (figure as { value: number }).value * by }
    fc.assert(
      fc.property(
        legalCases(),
        shapes,
        fc.constantFrom('memory', 'flops', 'links'),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (plan, shape, what, by) => {
          const pool = poolFor(plan.layout)
          const { gpu } = pool
          const faster =
            what === 'links'
              ? { ...pool, links: pool.links.map((l) => ({ ...l, bandwidth: l.bandwidth * by })) }
              : what === 'memory'
                ? { ...pool, gpu: { ...gpu, memory: { ...gpu.memory, bandwidth: wider(gpu.memory.bandwidth, by) } } }
                : {
                    ...pool,
                    gpu: {
                      ...gpu,
                      flops: Object.fromEntries(Object.entries(gpu.flops).map(([k, v]) => [k, v && wider(v, by)])),
                      measured: Object.fromEntries(Object.entries(gpu.measured ?? {}).map(([k, v]) => [k, v && wider(v, by)])),
                    },
                  }
          const slow = stepTime(modelOf(plan.model, pool, plan.layout, bf16, 'generic'), shape)
          const fast = stepTime(modelOf(plan.model, faster as typeof pool, plan.layout, bf16, 'generic'), shape)
          expect(fast.latency).toBeLessThanOrEqual(slow.latency * (1 + 1e-9))
        },
      ),
      { seed: 3, numRuns: 120 },
    )
  })

  it('is finite and positive for models of every kind, and nothing for a step without tokens', () => {
    for (const name of kinds) {
      const model = modelOf(name, { gpu: 'b200-sxm', gpus: 8 }, { tp: 8, ...(name.startsWith('deepseek') ? { ep: 8 } : {}) })
      for (const shape of [
        decode(1, 100),
        decode(300, 3000),
        prefill(3000),
        { ...prefill(500, 2, 1000), decodeSequences: 40, decodeContext: 900 },
      ]) {
        const { latency } = stepTime(model, shape)
        expect(latency, name).toBeGreaterThan(1e-4)
        expect(latency, name).toBeLessThan(20)
      }
      expect(stepTime(model, { ...decode(0, 0) }).latency).toBe(0)
    }
  })

  it('does not depend on replicas, which do not communicate', () => {
    const of = (replicas: number) =>
      stepTime(modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 * replicas }, { tp: 8, replicas }), decode(64, 2000))
    expect(of(4)).toEqual(of(1))
  })

  it('spends nothing on communication on one GPU, and more the more ranks share a layer over PCIe', () => {
    const time = (tp: number, spec: { gpu: string; gpus: number }) =>
      stepTime(modelOf('meta-llama-3.1-8b', spec, { tp }, bf16), decode(8, 1000))
    expect(time(1, { gpu: 'h100-sxm', gpus: 1 }).communication).toBe(0)
    expect(time(1, { gpu: 'h100-sxm', gpus: 1 }).sent).toBe(0)
    const l40s = [1, 2, 4, 8].map((tp) => time(tp, { gpu: 'l40s', gpus: tp }))
    expect(l40s.map((t) => t.communication)).toEqual(l40s.map((t) => t.communication).sort((a, b) => a - b))
    // On PCIe there is a width beyond which decode gets slower (seed 000, 4.2).
    expect(l40s[3]!.latency).toBeGreaterThan(l40s[2]!.latency)
  })
})

describe('a captured graph', () => {
  const model = modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8 })

  it('pads a batch to the next captured size: 257 costs what 272 does, but for cache and logits', () => {
    expect(stepTime(model, decode(257, 1)).latency / stepTime(model, decode(272, 1)).latency).toBeGreaterThan(0.995)
    expect(stepTime(model, decode(256, 1)).latency).toBeLessThan(stepTime(model, decode(257, 1)).latency)
  })

  it('is not filled up by a prompt: beside decodes the prompt costs its own tokens, however far apart the sizes lie', () => {
    const sparse = { ...model, captured: [128, 256, 2048] }
    const mixed = { ...prefill(1000), decodeSequences: 192, decodeContext: 1000 }
    expect(stepTime(sparse, mixed).flops / stepTime({ ...model, captured: [256] }, mixed).flops).toBeCloseTo(1, 9)
    expect(countStep(mixed, 1, sparse.captured)).toMatchObject({ padding: 64, eager: false })
    expect(countStep({ ...mixed, decodeSequences: 1200 }, 1, sparse.captured)).toMatchObject({ padding: 848, eager: true })
    expect(countStep(prefill(1000), 1, sparse.captured).padding).toBe(0)
    expect(countStep(decode(2049, 1), 1, sparse.captured)).toMatchObject({ padding: 0, eager: true })
  })

  it('spares the host from launching every kernel, for which a small model waits and a long prompt does not', () => {
    const small = modelOf('qwen3-0.6b', { gpu: 'b200-sxm', gpus: 1 }, {}, bf16)
    const [captured, eager] = [stepTime(small, decode(1, 100)), stepTime({ ...small, captured: [] }, decode(1, 100))]
    expect(eager.latency).toBeGreaterThan(1.2 * captured.latency)
    expect(eager.latency - captured.latency).toBeCloseTo(eager.overhead - captured.overhead, 12)
    const large = modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 }, { tp: 8 })
    expect(stepTime({ ...large, captured: [] }, prefill(4000)).latency).toBe(stepTime(large, prefill(4000)).latency)
  })
})

describe('a pipeline', () => {
  it('gives the first stages the layers that are left over', () => {
    expect(stageLayers(61, 4)).toEqual([16, 15, 15, 15])
    expect(stageLayers(80, 8)).toEqual(Array(8).fill(10))
  })

  it('is never faster for one batch than without it, and its slowest stage never below its share', () => {
    const time = (pp: number) =>
      stepTime(modelOf('llama-3.3-70b-instruct', { gpu: 'h100-sxm', gpus: 8 * pp }, { tp: 8, pp }), decode(64, 2000))
    const whole = time(1)
    for (const pp of [2, 4, 5]) {
      const { latency, period } = time(pp)
      expect(latency).toBeGreaterThan(whole.latency)
      expect(period).toBeGreaterThanOrEqual(latency / pp)
      expect(period).toBeLessThan(latency)
    }
  })

  it('with m batches in flight gives a token in the time of one way through, or of the slowest stage for each', () => {
    expect(decodeInterval({ latency: 8, period: 3 }, 2)).toBe(8)
    expect(decodeInterval({ latency: 8, period: 3 }, 4)).toBe(12)
    const even = { latency: 8, period: 3 }
    expect(pipelinedPrefill(even, 3, even)).toBe(14)
  })

  it('is left by a prompt in uneven chunks when the fullest of them has gone through: a flow shop worked out step by step', () => {
    const chunks = [5, 5, 2]
    const stages = 4
    const free = Array<number>(stages).fill(0)
    for (const chunk of chunks) for (let s = 0; s < stages; s++) free[s] = Math.max(free[s]!, free[s - 1] ?? 0) + chunk
    const passage = (chunk: number) => ({ latency: stages * chunk, period: chunk })
    expect(pipelinedPrefill(passage(4), 3, passage(5))).toBe(free.at(-1))
    expect(free.at(-1)).toBe(27)
  })
})
