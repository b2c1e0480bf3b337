import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../../cost-model/memory.ts'
import { allTp, bare, type Case, GiB, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const verdictOf = (changes: Parameters<typeof makeCase>[0]) => run(makeCase(changes)).verdict

describe('verdict', () => {
  it('is null for a plan that runs, even where its batch has to wait', () => {
    expect(verdictOf({ batch: 100_000 })).toBeNull()
  })

  it('says memory-weights with both sizes and the figure behind the capacity', () => {
    const reason = verdictOf({ model: 'llama-3.3-70b-instruct' })
    expect(reason?.code).toBe('memory-weights')
    expect(reason?.message).toBe(
      'weights need 131.4 GiB per GPU: the GPU has 79.19 GiB (CUDA-visible), 7.241 GiB of them kept free by vllm-profile',
    )
    expect(reason?.numbers).toMatchObject({ needed: 141_140_967_424, stage: 0 })
  })

  it('says memory-activations where they fill what the weights leave', () => {
    const reason = verdictOf({ model: 'llama-3.3-70b-instruct', layout: allTp(2), bytes: 80e9, chunk: 8192 })
    expect(reason?.code).toBe('memory-activations')
    expect(reason?.message).toMatch(
      /^activations need \S+ GiB per GPU beside weights of 65\.74 GiB, contexts and NCCL of \S+ MiB, communication buffers of \S+ MiB: the GPU has 74\.51 GiB \(stated by the user\), \S+ GiB of them kept free by vllm-profile$/,
    )
  })

  it('says memory-kv where not one request fits, in the blocks that it needs', () => {
    const reason = verdictOf({ bytes: 24 * GiB, isl: 40_000, osl: 700 })
    expect(reason?.code).toBe('memory-kv')
    expect(reason?.numbers).toMatchObject({ needed: 40_704 * 147_456, tokens: 40_704 })
    expect(reason?.message).toMatch(/^one request needs 5\.\d+ GiB of KV cache for 40704 tokens per GPU, \d\.\d+ GiB are left:/)
  })

  it('says memory-state where recurrent state alone is too much for one request', () => {
    const hybrid = { model: 'falcon-mamba-7b', memory: bare } as const
    const { terms, budget } = run(makeCase({ ...hybrid, batch: 1 }))
    expect(terms.kv).toBe(0)
    expect(terms.state).toBeGreaterThan(0)
    const tight = makeCase(hybrid).pool.memory.bytes - budget + terms.state
    expect(verdictOf({ ...hybrid, bytes: tight })).toBeNull()
    expect(verdictOf({ ...hybrid, bytes: tight - 1 })?.code).toBe('memory-state')
  })

  it('says memory-kv of a hybrid whose state fits', () => {
    const hybrid = { model: 'qwen3-next-80b-a3b-instruct', memory: bare, isl: 100_000, batch: 1 } as const
    const { terms, budget } = run(makeCase(hybrid))
    const tight = makeCase(hybrid).pool.memory.bytes - budget + terms.state + terms.kv
    expect(verdictOf({ ...hybrid, bytes: tight })).toBeNull()
    expect(verdictOf({ ...hybrid, bytes: tight - 1 })?.code).toBe('memory-kv')
  })

  it('says memory-graphs where they do not fit beside the share that vLLM fills', () => {
    const reason = verdictOf({ bytes: 24 * GiB, memory: { utilization: 0.99 } })
    expect(reason?.code).toBe('memory-graphs')
    expect(reason?.numbers['needed']).toBeGreaterThan(reason?.numbers['left'] as number)
  })

  it.each([
    ['memory-non-torch', { nonTorch: { single: 80 * GiB, group: 0 } }],
    ['memory-communication', { commBuffers: 80 * GiB }],
    ['memory-graphs', { graphs: 80 * GiB, policy: 'safe' }],
  ] as const)('says %s where that term alone is too large', (code, memory) => {
    const layout = code === 'memory-communication' ? allTp(2) : {}
    expect(verdictOf({ layout, memory: { ...memory } })?.code).toBe(code)
  })

  it('names the stage that binds: the last one samples', () => {
    const memory = { ...bare, logitsBytesPerEntry: 2000 }
    const reason = verdictOf({ layout: { pp: 4 }, bytes: 60 * GiB, memory })
    expect(reason).toMatchObject({ code: 'memory-activations', numbers: { stage: 3 } })
  })
})
