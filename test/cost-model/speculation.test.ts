import { describe, expect, it } from 'vitest'
import { draftSteps } from '../../cost-model/draft-steps.ts'
import { evaluate } from '../../cost-model/evaluate.ts'
import { buildLayoutModel } from '../../cost-model/layout-model.ts'
import type { Scenario } from '../../cost-model/scenario.ts'
import { tokensPerStep } from '../../cost-model/serve/load.ts'
import { stepTime } from '../../cost-model/step.ts'
import { countParameters } from '../../spaces/parameters.ts'
import type { ColocatedPlan, Speculation } from '../../spaces/plan.ts'
import { calibration, catalog, layoutOf, roomyPlan } from './layouts.ts'

function planned(id: string, tp: number, speculation?: Speculation, batch = 8) {
  const layout = layoutOf({ tp })
  const { pool, plan } = roomyPlan(layout, batch, speculation)
  const [model, engine, workload] = [catalog.model(id), catalog.engine('vllm'), catalog.workload('1k-1k')]
  const scenario: Scenario = { model, pools: [pool], engine, workload, calibration }
  return { scenario, plan, pool }
}

function values(...args: Parameters<typeof planned>) {
  const { scenario, plan } = planned(...args)
  const evaluation = evaluate(scenario, plan)
  if (evaluation.kind !== 'ok') throw new Error(evaluation.reason.message)
  return evaluation.values
}

const decode = { prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: 32, decodeContext: 500, decodeWidth: 4 }

describe('tokens of a step', () => {
  it('follow a curve of acceptance, which a number is where it is flat', () => {
    expect(tokensPerStep({ depth: 3, acceptance: [0.8, 0.5, 0.25] })).toBeCloseTo(1 + 0.8 + 0.4 + 0.1, 12)
    expect(tokensPerStep({ depth: 3, acceptance: [0.7] })).toBeCloseTo(tokensPerStep({ depth: 3, acceptance: 0.7 }), 12)
    // serving.md, correction 7
    expect(tokensPerStep({ depth: 3, acceptance: 0.7 })).toBeCloseTo((1 - 0.7 ** 4) / 0.3, 12)
  })
})

describe('drafts', () => {
  it('go once through all of a step, then once per further draft through a token of each request', () => {
    const [first, next] = draftSteps(3, decode)
    expect(first).toEqual({ shape: decode, times: 1 })
    expect(next).toEqual({ times: 2, shape: expect.objectContaining({ decodeSequences: 8, decodeContext: 2000, prefillTokens: 0 }) })
    expect(draftSteps(1, decode)).toHaveLength(1)
  })

  it.each(['mtp', 'eagle'] as const)('cost the time of their module in every step, by %s', (draft) => {
    const { scenario, plan, pool } = planned('deepseek-ai/DeepSeek-V3', 8, { depth: 3, acceptance: 0.7, draft })
    const [with3, plain] = [plan, { ...plan, speculation: undefined }].map((p) => buildLayoutModel(scenario, pool, p as ColocatedPlan))
    const [own, all] = [stepTime(plain!, decode), stepTime(with3!, decode)]
    const module = with3!.draft!.model
    const first = stepTime(module, decode).latency
    const next = stepTime(module, draftSteps(3, decode)[1]!.shape).latency
    expect(all.latency).toBeCloseTo(own.latency + first + 2 * next, 9)
    expect(all.flops).toBeGreaterThan(own.flops)
    // One layer of 61 and a head, three times, twice with a quarter of the tokens.
    expect((all.latency - own.latency) / own.latency).toBeGreaterThan(2 / 61)
    expect((all.latency - own.latency) / own.latency).toBeLessThan(0.5)
  })

  it('cost nothing where they are found in the text, and their verification is paid all the same', () => {
    const { scenario, plan, pool } = planned('llama-3.3-70b-instruct', 4, { depth: 3, acceptance: 0.3, draft: 'ngram' })
    expect(buildLayoutModel(scenario, pool, plan).draft).toBeUndefined()
    const wasted = values('llama-3.3-70b-instruct', 4, { depth: 3, acceptance: 0, draft: 'ngram' })
    expect(wasted.tpot_ms).toBeGreaterThan(values('llama-3.3-70b-instruct', 4).tpot_ms)
  })

  it('are never worth it where none is accepted, and are where most are and few requests run', () => {
    for (const batch of [1, 32, 128]) {
      const at = (speculation?: Speculation) => values('deepseek-ai/DeepSeek-V3', 8, speculation, batch)
      const plain = at()
      for (const depth of [1, 3]) {
        const none = at({ depth, acceptance: 0 })
        expect(none.tpot_ms).toBeGreaterThanOrEqual(plain.tpot_ms)
        expect(none.out_tok_s).toBeLessThanOrEqual(plain.out_tok_s)
      }
      if (batch === 1) expect(at({ depth: 1, acceptance: 0.85 }).tpot_ms).toBeLessThan(0.7 * plain.tpot_ms)
    }
  })

  it('need the weights and the KV of their module', () => {
    const v3 = catalog.model('deepseek-ai/DeepSeek-V3')
    const [plain, mtp] = [undefined, { depth: 1, acceptance: 0.8 }].map((s) => values('deepseek-ai/DeepSeek-V3', 8, s))
    // 11.5 billion parameters in 8 parts, of two bytes.
    expect(mtp!.weights_gib - plain!.weights_gib).toBeGreaterThan((0.8 * countParameters(v3).mtp * 2) / 8)
    // One layer more, and a token more, which is another block of 16.
    expect(mtp!.kv_gib / plain!.kv_gib).toBeCloseTo((62 / 61) * (2064 / 2048), 4)
    const eagle = values('llama-3.3-70b-instruct', 4, { depth: 1, acceptance: 0.8, draft: 'eagle' })
    const dense = values('llama-3.3-70b-instruct', 4)
    expect(eagle.weights_gib).toBeGreaterThan(dense.weights_gib * (1 + 0.9 / 80))
    expect(values('llama-3.3-70b-instruct', 4, { depth: 1, acceptance: 0.8, draft: 'ngram' }).weights_gib).toBe(dense.weights_gib)
  })
})
