import { describe, expect, it } from 'vitest'
import { requestLengths, sequenceBytes } from '../../../cost-model/memory/sequence.ts'
import { distinctStages } from '../../../cost-model/memory/stages.ts'
import { cacheBytesPerSequence } from '../../../spaces/kv.ts'
import type { Layout } from '../../../spaces/plan.ts'
import { allTp, makeCase } from './cases.ts'

function request(changes: Parameters<typeof makeCase>[0]) {
  const { scenario, plan } = makeCase(changes)
  const lengths = requestLengths(scenario, plan)
  const [stage] = distinctStages(scenario.model, 1)
  return { lengths, ...sequenceBytes(scenario.model, plan, lengths, stage!) }
}

describe('KV of one request on a rank', () => {
  // vLLM docs, context_parallel_deployment: how often each token's KV is stored over the TP group
  it.each([
    ['deepseek-v3', 8, 1, 8],
    ['deepseek-v3', 8, 8, 1],
    ['kimi-k2-instruct', 16, 8, 2],
    ['qwen3-235b-a22b', 8, 1, 2],
    ['qwen3-235b-a22b', 8, 2, 1],
    ['qwen3-235b-a22b', 4, 1, 1],
  ])('of %s on TP %d with dcp %d is stored %d times', (model, tp, dcp, times) => {
    const { kv, lengths } = request({ model, layout: { ...allTp(tp), dcp }, isl: 4096, osl: 4096 })
    const whole = cacheBytesPerSequence(makeCase({ model }).scenario.model, lengths.full, 'bf16')
    expect((kv.full * tp) / whole).toBe(times)
  })

  it('is 147,456 bytes per token for Qwen3-8B, half of it in fp8', () => {
    expect(request({}).kv.full).toBe(1024 * 147_456)
    expect(request({ precision: { kv: 'fp8' } }).kv.full).toBe(512 * 147_456)
  })

  it.each<[string, Partial<Layout>, number]>([
    ['is divided by ring sequence shards', { sp: 2, spKind: 'ring' }, 0.5],
    ['is divided by all-to-all shards as heads are', { sp: 2, spKind: 'all-to-all' }, 0.5],
    ['stays whole where KV is gathered', { sp: 2, spKind: 'all-gather' }, 1],
  ])('%s', (_, layout, share) => {
    expect(request({ layout }).kv.full).toBe(share * 1024 * 147_456)
  })

  it('counts whole blocks, and blocks of all ranks that share a context', () => {
    expect(request({ osl: 513 }).lengths.full).toBe(1040)
    expect(request({ osl: 513, layout: { tp: 16, dcp: 2 } }).lengths.full).toBe(1056)
  })

  it('stops at the window: layers of 1,024 keep no more of 32k tokens', () => {
    const gemma = request({ model: 'gemma-3-27b-it', isl: 32_000, osl: 768 })
    const perToken = 2 * 16 * 128 * 2
    expect(gemma.kv.full).toBe(perToken * (10 * 32_768 + 52 * 1024))
  })

  it('keeps recurrent state apart: it does not grow', () => {
    const [short, long] = [1024, 8192].map((isl) => request({ model: 'qwen3-next-80b-a3b-instruct', isl }))
    expect(short!.state).toBe(long!.state)
    // InferSim prints 73.69 MiB of state per request, and 144 MiB of KV at 6,144 tokens in bf16.
    expect(Math.abs(short!.state / 2 ** 20 / 73.69 - 1)).toBeLessThan(0.03)
    expect(request({ model: 'qwen3-next-80b-a3b-instruct', isl: 5632, osl: 512 }).kv.full).toBe(144 * 2 ** 20)
  })
})

describe('lengths of a request', () => {
  it('are the prompt and half the output on average, half a block more than full ones', () => {
    expect(request({ isl: 4000, osl: 500 }).lengths).toMatchObject({ full: 4512, mean: 4250 + 7.5, counted: 4256 })
  })

  it.each([
    ['reserve-prompt', 4257.5],
    ['reserve-ratio', 4257.5 + 0.7 * 250],
    ['reserve-all', 4507.5],
  ] as const)('count under %s as %f tokens at admission', (admission, tokens) => {
    const { lengths } = request({ isl: 4000, osl: 500, scheduler: { admission, reserveRatio: 0.7 } })
    expect(lengths.reserved).toBeCloseTo(tokens, 6)
    expect(lengths.mean).toBe(4257.5)
  })

  it('hold a slot for every draft token', () => {
    const { lengths } = request({ isl: 4000, osl: 500, speculation: { depth: 3, acceptance: 0.5 } })
    expect(lengths).toMatchObject({ full: 4512, mean: 4260.5, reserved: 4260.5 })
  })
})
