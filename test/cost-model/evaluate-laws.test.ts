import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../../cost-model/column.ts'
import { evaluate, type Values } from '../../cost-model/evaluate.ts'
import { distinctExperts } from '../../cost-model/experts.ts'
import { rankElements } from '../../cost-model/memory/weights.ts'
import type { Scenario } from '../../cost-model/scenario.ts'
import { figureValue } from '../../spaces/figure.ts'
import { layerCacheBytes } from '../../spaces/kv.ts'
import { lengthMoments } from '../../spaces/length.ts'
import type { LayerGroup } from '../../spaces/model.ts'
import { countParameters, edgeTensors, layerTensors } from '../../spaces/parameters.ts'
import { type ColocatedPlan, replicaGpus } from '../../spaces/plan.ts'
import { meanHit } from '../../spaces/prefix-hit.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import { bytesPerElement, storedFormats } from '../../spaces/weights.ts'
import { bf16, calibration, catalog, legalCases, poolFor } from './layouts.ts'

const gpus = ['h100-sxm', 'b200-sxm', 'mi300x', 'gaudi3', 'tpu-v7-ironwood', 'ascend-910c', 'a100-sxm-80gb', 'gb300-nvl72'] as const

/** Plans of every engine and several vendors that run; memory is stated so large that most of them fit. */
const plans = fc
  .record({
    of: legalCases().filter(({ layout }) => layout.sp === 1),
    gpu: fc.constantFrom(...gpus),
    engine: fc.constantFrom('vllm', 'vllm-0.10', 'sglang', 'trtllm', 'generic'),
    workload: fc.constantFrom('1k-1k', '8k-1k', 'chat', 'rag', 'azure-2023-code', 'azure-2023-conversation'),
    batch: fc.constantFrom(1, 3, 16, 100, 700),
    chunk: fc.constantFrom(512, 8192),
  })
  .map(({ of: { model, layout }, gpu, engine, workload, batch, chunk }) => {
    const pool = { ...poolFor(layout, gpu), memory: { bytes: 2e12, basis: 'stated' } }
    const plan: ColocatedPlan = { kind: 'colocated', pool: pool.id, layout, precision: bf16, batch, chunk }
    const scenario: Scenario = { model, pools: [pool], engine: catalog.engine(engine), workload: catalog.workload(workload), calibration }
    return { scenario, plan }
  })

type Running = Parameters<Parameters<typeof plans.map>[0]>[0] & { readonly values: Values }

function every(runs: number, law: (running: Running) => void): void {
  const check = fc.property(plans, (input) => {
    const result = evaluate(input.scenario, input.plan)
    fc.pre(result.kind === 'ok')
    law({ ...input, values: result.values })
  })
  fc.assert(check, { seed: 1, numRuns: runs })
}

/** Bytes that some GPU of each stage must read for one token of each of `requests`, summed over stages. */
function leastRead({ scenario: { model, workload }, plan: { layout, precision } }: Omit<Running, 'values'>, requests: number): number {
  const each = requests / layout.attentionDp
  const microbatch = each / Math.max(1, Math.min(layout.pp, each))
  const tokens = (microbatch * layout.attentionDp) / layout.moeDp
  const bytes = (t: Tensor) => rankElements(t, layout) * bytesPerElement(storedFormats(model, precision, t.component))
  const read = (t: Tensor, { ffn }: LayerGroup) =>
    t.copies !== undefined && ffn.kind === 'moe'
      ? (bytes({ ...t, copies: undefined }) * distinctExperts(ffn.experts, ffn.topK, tokens)) / layout.ep
      : bytes(t)
  const context = lengthMoments(workload.isl).mean
  const layers = model.layerGroups.map((group) => {
    const weights = layerTensors(model, group).reduce((sum, t) => sum + read(t, group), 0)
    const whole = (group.attn.kind === 'gqa' || group.attn.kind === 'mla') && !group.attn.indexer
    // A block of every rank at the end of the context may be empty.
    const cache = whole ? layerCacheBytes(group, Math.max(0, context - layout.dcp), precision.kv, layout) : 0
    return group.count * (weights + microbatch * cache)
  })
  const head = edgeTensors(model).find((t) => t.component === (model.tieEmbeddings ? 'embed' : 'lmHead'))
  return layers.reduce((a, b) => a + b, head ? bytes(head) : 0)
}

describe('every plan that runs', () => {
  it('has a finite, non-negative value in every column but those that nothing gives', () => {
    every(150, ({ values }) => {
      for (const c of columns)
        if (!('needs' in c)) expect(values[c.name] >= 0 && values[c.name] < 1e15, `${c.name} ${values[c.name]}`).toBe(true)
    })
  })

  it("satisfies Little's law, and divides a GPU's memory without rest", () => {
    every(150, ({ values: v, plan: { layout, batch }, scenario }) => {
      expect((v.req_s * v.e2e_ms) / (layout.replicas * batch)).toBeCloseTo(1, 9)
      expect(v.concurrency / (layout.replicas * batch)).toBeCloseTo(1, 9)
      expect((v.memory_gib + v.reserve_gib + v.headroom_gib) / scenario.pools[0]!.memory.bytes).toBeCloseTo(1, 9)
    })
  })

  it('takes for a token no less than reading its weights and cache once at the full bandwidth', () => {
    let nearest = 0
    every(150, (running) => {
      const { values: v, plan, scenario } = running
      const decoding = (v.req_s / plan.layout.replicas) * Math.max(0, lengthMoments(scenario.workload.osl).mean - 1) * v.tpot_ms
      const least = leastRead(running, Math.min(plan.batch, decoding)) / figureValue(scenario.pools[0]!.gpu.memory.bandwidth)
      expect(v.tpot_ms).toBeGreaterThanOrEqual(least)
      nearest = Math.max(nearest, least / v.tpot_ms)
    })
    // Some plans come near the bound, so that it means something.
    expect(nearest).toBeGreaterThan(0.5)
  })

  it('computes no more than the arithmetic peak of its GPUs', () => {
    every(150, ({ values: v, plan: { layout }, scenario: { model, workload, pools } }) => {
      const peak = Math.max(...Object.values(pools[0]!.gpu.flops).map((f) => (f === undefined ? 0 : figureValue(f))))
      const { active, byComponent } = countParameters(model)
      const perToken = 2 * (active - byComponent.embed)
      const [isl, osl] = [lengthMoments(workload.isl).mean * (1 - meanHit(workload.prefixHit)), lengthMoments(workload.osl).mean]
      const prompt = isl * (perToken - (model.tieEmbeddings ? 0 : 2 * model.vocab * model.hidden))
      const fleet = layout.replicas * replicaGpus(layout) * peak
      expect(v.req_s * (prompt + (osl - 1) * perToken)).toBeLessThan(fleet)
      expect(v.ttft_ms).toBeGreaterThan(prompt / (fleet / layout.replicas))
    })
  })
})
