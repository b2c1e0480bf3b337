import { describe, expect, it } from 'vitest'
import { forwardBytesPerToken, samplerBytes } from '../../../cost-model/memory/activations.ts'
import { memoryOf } from '../../../cost-model/memory.ts'
import { allTp, type Case, catalog, GiB, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)
const perToken = (changes: Parameters<typeof makeCase>[0]) => {
  const { scenario, plan } = makeCase(changes)
  return forwardBytesPerToken(scenario.model, plan.layout)
}

describe('forward activations', () => {
  it('are the input of a block and its widest outputs: 2 x 12,288 beside 4,096 for Qwen3-8B', () => {
    expect(perToken({})).toBe(2 * (4096 + 2 * 12_288))
  })

  it('are those of the mixer where it is wider than the FFN', () => {
    const qwen = catalog.model('qwen3-8b')
    const layerGroups = qwen.layerGroups.map((group) => ({ ...group, ffn: { kind: 'dense', intermediate: 64, gated: true } as const }))
    expect(perToken({ model: { ...qwen, layerGroups } })).toBe(2 * (4096 + (32 + 2 * 8) * 128))
  })

  it('shrink with TP as far as they are cut', () => {
    expect(perToken({ layout: allTp(4) })).toBe(2 * (4096 + (2 * 12_288) / 4))
  })

  it('shrink with sequence shards, which hold tokens each', () => {
    expect(perToken({ layout: { sp: 4, spKind: 'ring' } })).toBe(perToken({}) / 4)
  })

  it('count a buffer for every expert that a token is sent to, whichever experts the rank holds', () => {
    const [all, some] = [perToken({ model: 'mixtral-8x7b-v0.1' }), perToken({ model: 'mixtral-8x7b-v0.1', layout: { ep: 8, moeTp: 1 } })]
    // Router of 8, two experts of 2 x 14,336.
    expect(all).toBe(2 * (4096 + 8 + 2 * 2 * 14_336))
    expect(some).toBe(all)
  })

  it('reuse the buffer of gate and up for the output of an expert, whichever is wider', () => {
    // Eight experts of 2 x 768 columns return 2,048 each; router of 128.
    expect(perToken({ model: 'qwen3-30b-a3b' })).toBe(2 * (2048 + 128 + 8 * 2048))
  })

  it('grow with the chunk once they outweigh sampling', () => {
    const at = (chunk: number) => run(makeCase({ chunk, bytes: 80e9 })).terms.activations
    expect(at(1024)).toBe(at(2048))
    const factor = catalog.engine('vllm').memory.forwardFactor
    expect(at(262_144)).toBe(Math.ceil(factor * 262_144 * perToken({})))
  })
})

describe('sampling', () => {
  it('takes a multiple of the logits of every sequence that the engine profiles, on every TP rank', () => {
    const vllm = catalog.engine('vllm')
    expect(samplerBytes(vllm, 80e9, 128_256)).toBe(vllm.memory.logitsBytesPerEntry * 1024 * 128_256)
    expect(samplerBytes(vllm, 24 * GiB, 128_256)).toBe(vllm.memory.logitsBytesPerEntry * 256 * 128_256)
    const activations = (tp: number) => run(makeCase({ layout: allTp(tp) })).terms.activations
    expect(activations(8)).toBe(activations(1))
  })

  it('profiles no more sequences than the engine says', () => {
    const { memory, ...rest } = catalog.engine('vllm')
    expect(samplerBytes({ ...rest, memory: { ...memory, profiledSequences: 8, logitsBytesPerEntry: 4 } }, 80e9, 1000)).toBe(32_000)
  })
})
