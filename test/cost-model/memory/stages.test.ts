import { describe, expect, it } from 'vitest'
import { distinctStages } from '../../../cost-model/memory/stages.ts'
import { layoutMemory, memoryOf } from '../../../cost-model/memory.ts'
import { allTp, bare, type Case, catalog, makeCase } from './cases.ts'

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)

describe('pipeline stages', () => {
  it('give the first ones one more layer where layers do not divide: 61 over 4 are 16, 15, 15 and 15', () => {
    const stages = distinctStages(catalog.model('deepseek-v3'), 4)
    expect(stages.map(({ index, counts }) => [index, counts])).toEqual([
      [0, [3, 13]],
      [1, [0, 15]],
      [3, [0, 15]],
    ])
  })

  it('hold the whole model where there is one', () => {
    expect(distinctStages(catalog.model('deepseek-v3'), 1)).toEqual([{ index: 0, counts: [3, 58], first: true, last: true }])
  })
})

describe('the fullest stage', () => {
  it('is the first where it has one layer more and both ends weigh the same', () => {
    const { stage, terms } = run(makeCase({ memory: bare, layout: { pp: 5 } }))
    const smaller = run(makeCase({ memory: bare, layout: { pp: 4 } }))
    expect(stage).toBe(0)
    // 36 layers over 5 stages: 8 and an embedding of 151,936 x 4096 on the first.
    const layer = 192_937_984 + 2 * 4096 + 2 * 128
    expect(terms.weights).toBe(2 * (8 * layer + 151_936 * 4096) + 10_485_760)
    expect(smaller.terms.weights).toBeGreaterThan(terms.weights)
  })

  it('is the last where that samples: activations are not the same on every stage', () => {
    expect(run(makeCase({ layout: { pp: 4 } })).stage).toBe(3)
  })

  it('is one in the middle where its layers are the large ones', () => {
    const jamba = catalog.model('jamba-v0.1')
    const { stage } = run(makeCase({ model: jamba, memory: bare, layout: { pp: 32 } }))
    const attention = jamba.layerGroups.findIndex(({ attn }) => attn.kind === 'gqa')
    expect(distinctStages(jamba, 32).find(({ index }) => index === stage)?.counts[attention]).toBe(1)
    expect(stage).toBeGreaterThan(0)
  })

  it('limits KV: two stages of one model hold twice the requests of one, less what the ends weigh', () => {
    const one = run(makeCase({ memory: bare, bytes: 40e9 }))
    const two = run(makeCase({ memory: bare, bytes: 40e9, layout: { pp: 2 } }))
    expect(two.kvCapacityTokens).toBeGreaterThan(2 * one.kvCapacityTokens)
    expect(two.terms.kv / run(makeCase({ memory: bare, bytes: 40e9 })).terms.kv).toBe(0.5)
  })
})

describe('the last stage', () => {
  const { scenario, pool, plan } = makeCase({ model: 'deepseek-v3', layout: { pp: 2 }, speculation: { depth: 1, acceptance: 0.8 } })
  const [first, last] = layoutMemory(scenario, pool, plan).stages

  it('alone samples', () => {
    expect(first?.sampler).toBe(0)
    expect(last?.sampler).toBeGreaterThan(0)
  })

  it('alone keeps KV of draft modules: 31 layers on each of two stages then, of 61 and one draft', () => {
    expect(first?.request.kv.full).toBe(1040 * 31 * 576 * 2)
    expect(last?.request.kv.full).toBe(1040 * 31 * 576 * 2)
  })
})

describe('a tied embedding', () => {
  const tied = (pp: number) => run(makeCase({ model: 'qwen3-0.6b', memory: bare, layout: { pp } })).terms.weights - 10_485_760
  const layer = 15_730_944

  it('is stored once where both ends are one stage, and on both ends where they are not', () => {
    expect(tied(1)).toBe(2 * (155_582_464 + 28 * layer + 1024))
    expect(tied(2)).toBe(2 * (155_582_464 + 14 * layer + 1024))
  })

  it('is not copied by TP', () => {
    const { weights } = run(makeCase({ model: 'qwen3-0.6b', memory: bare, layout: { ...allTp(2), pp: 2 } })).terms
    expect(weights - 10_485_760).toBe(155_582_464 + 14 * (layer - 2304) + 2 * (14 * 2304 + 1024))
  })
})
