import { describe, expect, it } from 'vitest'
import { memoryOf } from '../../../cost-model/memory.ts'
import { format } from '../../../spaces/precision.ts'
import { allTp, type Case, catalog, GiB, makeCase } from './cases.ts'

// Source of the figures: a vLLM start-up log of 2025-09-28, Qwen3-8B-FP8 on a card of 23.53 GiB, --gpu-memory-utilization 0.8, --max-model-len 1024.
const log = { capacity: 23.53 * GiB, availableForKv: 9_232_221_491, suggestedForKv: 8_347_223_347, graphs: 727_711_744 }

/** The log ran at 0.8 of the GPU; the engine's own default is 0.9. */
const memory = { utilization: 0.8 }
const logged = makeCase({ engine: 'vllm-0.10', bytes: log.capacity, precision: { weights: 'fp8-block' }, memory })

const run = ({ scenario, pool, plan }: Case) => memoryOf(scenario, pool, plan)

/** The same engine on a card that leaves exactly these bytes for KV. */
function leaving(budget: number, from: Case): Case {
  const { utilization, graphs } = from.scenario.engine.memory
  const used = run(from).terms
  let bytes = Math.floor((budget + used.weights + used.activations + used.nonTorch + used.communication) / utilization)
  if (from.scenario.engine.memory.policy === 'safe') bytes += Math.floor(graphs / utilization)
  const at = (capacity: number): Case => ({ ...from, pool: { ...from.pool, memory: { bytes: capacity, basis: 'stated' } } })
  while (run(at(bytes)).budget < budget) bytes++
  while (run(at(bytes)).budget > budget) bytes--
  return at(bytes)
}

describe('Qwen3-8B-FP8 in a vLLM start-up log', () => {
  it('has 3,913 blocks, 62,608 tokens and a concurrency of 61.14 at 1,024 tokens', () => {
    const { kvCapacityTokens, largestBatch } = run(logged)
    expect(kvCapacityTokens).toBe(62_608)
    expect(kvCapacityTokens / 16).toBe(3913)
    expect(kvCapacityTokens / 1024).toBeCloseTo(61.14, 2)
    expect(largestBatch).toBe(61)
  })

  it('has 8.80 GiB of weights with the RoPE table: 9,437,399,040 + 10,485,760 bytes', () => {
    const { weights } = run(logged).terms
    expect(weights).toBe(9_437_399_040 + 10_485_760)
    expect(weights / GiB).toBeCloseTo(8.799028, 6)
  })

  it('has 1.40 GiB of activations, 10.22 GiB without KV and 8.60 GiB for KV', () => {
    const { terms, budget } = run(logged)
    expect(terms.activations / GiB).toBeCloseTo(1.4, 2)
    expect(Math.abs((terms.weights + terms.activations + terms.nonTorch) / GiB - 10.22)).toBeLessThan(0.01)
    expect(Math.abs(budget / GiB - log.availableForKv / GiB)).toBeLessThan(0.01)
  })

  it('has blocks of 2,359,296 bytes: what it left for KV holds 3,913 of them', () => {
    const { kvCapacityTokens, terms } = run(leaving(log.availableForKv, { ...logged, plan: { ...logged.plan, batch: 512 } }))
    expect(kvCapacityTokens).toBe(62_608)
    expect(terms.kv).toBe(9_231_925_248)
    expect(terms.kv / 3913).toBe(2_359_296)
  })

  it('would hold a quarter of the tokens if KV had 32 heads, and twice as many in fp8', () => {
    const { plan, scenario } = logged
    const qwen = scenario.model
    const layerGroups = qwen.layerGroups.map((g) => ({ ...g, attn: g.attn.kind === 'gqa' ? { ...g.attn, kvHeads: 32 } : g.attn }))
    const heads = leaving(log.availableForKv, { ...logged, scenario: { ...scenario, model: { ...qwen, layerGroups } } })
    expect(run(heads).kvCapacityTokens).toBe(15_648)
    const fp8 = leaving(log.availableForKv, { ...logged, plan: { ...plan, precision: { ...plan.precision, kv: 'fp8' } } })
    expect(run(fp8).kvCapacityTokens).toBe(125_216)
  })

  it('captured graphs outside the share it fills: with KV they come to 19.5 of a requested 18.82 GiB', () => {
    const { terms, budget } = run(logged)
    const used = terms.weights + terms.activations + terms.nonTorch + terms.graphs + budget
    expect(used / GiB).toBeCloseTo(19.5, 1)
    expect(used).toBeGreaterThan(0.8 * log.capacity)
  })

  it('suggests 8,347,223,347 bytes for KV: the safe policy puts graphs and a buffer of 150 MiB inside', () => {
    const exact = leaving(log.availableForKv, logged)
    const { engine } = exact.scenario
    const safe = { ...engine, memory: { ...engine.memory, policy: 'safe', safetyBuffer: 150 * 2 ** 20 } } as const
    expect(run({ ...exact, scenario: { ...exact.scenario, engine: safe } }).budget).toBe(log.suggestedForKv)
    expect(log.availableForKv - log.suggestedForKv).toBe(log.graphs + 157_286_400)
  })

  it('needs 64 blocks for 1,024 tokens and 65 for one more', () => {
    const block = 16 * 147_456
    expect(run(leaving(64 * block, logged)).verdict).toBeNull()
    const longer = makeCase({ engine: 'vllm-0.10', bytes: log.capacity, precision: { weights: 'fp8-block' }, memory, osl: 513 })
    const { verdict, largestBatch } = run(leaving(64 * block, longer))
    expect(verdict).toMatchObject({ code: 'memory-kv', numbers: { needed: 65 * block, left: 64 * block, tokens: 1040 } })
    expect(largestBatch).toBe(0)
    expect(run(leaving(65 * block, longer)).verdict).toBeNull()
  })
})

describe('weights of Qwen3-0.6B on TP 2 in a vLLM log', () => {
  const { weights } = run(makeCase({ model: 'qwen3-0.6b', layout: allTp(2) })).terms

  it('are 596,115,456 bytes per rank and a RoPE table: 0.564941 GiB where 0.5670 were logged', () => {
    expect(weights).toBe(596_115_456 + 10_485_760)
    expect(weights / GiB).toBeCloseTo(0.564941, 6)
    expect(Math.abs(weights / GiB / 0.567 - 1)).toBeLessThan(0.025)
  })

  it('are more than half of the model, since norms are on both ranks, and less than with a head of its own', () => {
    const table = 10_485_760
    expect(weights - table).toBeGreaterThan(1_192_099_840 / 2)
    const own = makeCase({ model: { ...catalog.model('qwen3-0.6b'), tieEmbeddings: false }, layout: allTp(2) })
    expect((run(own).terms.weights - table) / GiB).toBeCloseTo(0.7, 3)
  })
})

it('keeps formats apart: one byte per parameter everywhere would be 7.63 GiB', () => {
  const naive = 8_190_735_360 * format('fp8').bytes
  expect(naive / GiB).toBeCloseTo(7.63, 2)
  expect(run(logged).terms.weights / naive).toBeGreaterThan(1.15)
})
