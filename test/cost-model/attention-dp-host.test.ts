import { describe, expect, it } from 'vitest'
import { evaluate } from '../../cost-model/evaluate.ts'
import { estimatePlan } from '../../optimizer/estimate.ts'
import { checkStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { makeSpace } from '../../spaces/space.ts'

function setting(perSequence: number) {
  const written = checkStudy({
    name: 'x',
    model: 'deepseek-ai/DeepSeek-V3',
    fleet: [{ gpu: 'h200-sxm', gpus: 8 }],
    engine: { base: 'generic', overhead: { perStep: 0, perSequence, perRequest: 0 } },
    workload: { isl: 1, osl: 100 },
    axes: { tp: 1, attentionDp: 8, ep: 8, pp: 1, moeTp: 1, batch: 512, chunk: 8192 },
  })
  return resolveStudy(written)
}

describe('host overhead under attention DP', () => {
  it('is that of one rank, whose scheduler has its own requests alone', () => {
    const perSequence = 10e-6
    const tpot = [0, perSequence].map((each) => {
      const { scenario, axes } = setting(each)
      const found = evaluate(scenario, makeSpace(scenario, axes).at(0))
      expect(found.kind).toBe('ok')
      return found.values.tpot_ms
    })
    const added = tpot[1]! - tpot[0]!
    expect(added).toBeGreaterThan(0.8 * 64 * perSequence)
    expect(added).toBeLessThan(1.6 * 64 * perSequence)
  })
})

describe('a GPU of a vendor without operator measurements', () => {
  it('is held to the best matrix product that was measured on it', () => {
    const prefill = (gpu: string) => {
      const study = checkStudy({
        name: 'x',
        model: 'meta-llama/Llama-3.3-70B-Instruct',
        fleet: [{ gpu, gpus: 1 }],
        engine: 'generic',
        workload: { isl: 8000, osl: 2 },
        axes: { tp: 1, batch: 1, weights: 'bf16', chunk: 8192 },
      })
      const found = resolveStudy(study)
      return estimatePlan(found, makeSpace(found.scenario, found.axes).at(0)).row[1]!
    }
    // 2 x 68.5e9 x 8000 FLOP of products alone, at the 668 TFLOP/s that somebody measured on an MI300X.
    expect(prefill('mi300x')).toBeGreaterThan((2 * 68.5e9 * 8000) / 668e12)
  })
})
