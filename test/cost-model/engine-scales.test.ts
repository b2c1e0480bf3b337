import { describe, expect, it } from 'vitest'
import type { EngineScales } from '../../cost-model/calibration.ts'
import { alone, scaledRate, scalesOf } from '../../cost-model/engine-scales.ts'
import { buildLayoutModel } from '../../cost-model/layout-model.ts'
import { stepTime } from '../../cost-model/step.ts'
import { instant } from '../../cost-model/timed.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { makePool } from '../../spaces/fleet.ts'
import { completeLayout } from '../../spaces/plan-key.ts'
import { calibration } from './layouts.ts'

const catalog = openCatalog()

function secondsOf(scales: Partial<EngineScales>, prefillTokens = 0): number {
  const scenario = {
    model: catalog.model('deepseek-r1'),
    engine: { ...catalog.engine('sglang'), overlap: [] },
    pools: [makePool({ gpu: 'h200-sxm', gpus: 8 }, catalog)],
    workload: catalog.workload('1k-1k'),
    calibration: { ...calibration, engines: { ...calibration.engines, scales: [{ family: 'sglang', ...alone, ...scales }] } },
  }
  const layout = completeLayout({
    replicas: 1,
    pp: 1,
    attentionDp: 1,
    sp: 1,
    spKind: undefined,
    tp: 8,
    dcp: 1,
    ep: 8,
    moeTp: 1,
    moeDp: 1,
    redundantExperts: 0,
  })
  const precision = { weights: 'fp8-block', activations: 'fp8', kv: 'bf16', comm: 'bf16' }
  const model = buildLayoutModel(scenario, scenario.pools[0]!, { layout, precision })
  const prompts = { prefillTokens, prefillSequences: prefillTokens > 0 ? 1 : 0, prefillContext: 0 }
  return stepTime(model, { ...prompts, decodeSequences: 32, decodeContext: 2000 }).latency
}

describe('what kernels take in an engine over what they take alone', () => {
  it('is theirs alone where nobody fitted the engine, and shared by the releases of a family', () => {
    const engines = { ...calibration.engines, scales: [{ family: 'vllm', ...alone, linear: 1.2 }] }
    expect(scalesOf(catalog.engine('generic'), { engines })).toEqual(alone)
    for (const id of ['vllm', 'vllm-0.10']) expect(scalesOf(catalog.engine(id), { engines }).linear).toBe(1.2)
  })

  it('differs by release where the engine names one that was measured', () => {
    const engines = { ...calibration.engines, scales: [{ family: 'vllm', ...alone, linear: 1.2, releases: { '0.17.0': 1.1 } }] }
    const of = (version: string) => scalesOf({ ...catalog.engine('vllm'), version }, { engines })
    expect(of('0.17.0')).toMatchObject({ linear: expect.closeTo(1.32, 9), small: expect.closeTo(1.1, 9), arithmetic: 1 })
    expect(of('0.99.0')).toMatchObject({ linear: 1.2, small: 1 })
  })

  it('lengthens a step by what its ops have of each family, which is all of it together', () => {
    const plain = secondsOf({})
    const longer = (['linear', 'attention', 'expert', 'small', 'exchange'] as const).map((name) => secondsOf({ [name]: 1.5 }) - plain)
    for (const more of longer) expect(more).toBeGreaterThan(0.005 * plain)
    expect(longer.reduce((sum, more) => sum + more, 0)).toBeCloseTo(0.5 * plain, 9)
  })

  it('weighs on arithmetic where a step waits for it', () => {
    const share = (tokens: number) => (secondsOf({ arithmetic: 1.5 }, tokens) - secondsOf({}, tokens)) / secondsOf({}, tokens)
    expect(share(0)).toBeLessThan(0.15)
    expect(share(8192)).toBeGreaterThan(0.2)
  })

  it('makes one rate of a rate and a scale, since tables are kept by rate', () => {
    const rate = { ...instant, perFlop: 1, perByte: 2, floor: 3, perDoubling: 4 }
    expect(scaledRate(rate, 1.5, 1.2)).toBe(scaledRate(rate, 1.5, 1.2))
    expect(scaledRate(rate, 1.5, 1.2)).toMatchObject({ perFlop: 1.5 * 1.2, perByte: 3, floor: 4.5, perDoubling: 6 })
    expect(scaledRate(rate, 1, 1)).toBe(rate)
  })
})
