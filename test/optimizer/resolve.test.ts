import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canonicalJson, hashOf } from '../../optimizer/hash.ts'
import { studySpace } from '../../optimizer/plan-space.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { openCatalog } from '../../spaces/catalog.ts'
import { makeSpace } from '../../spaces/space.ts'
import { refusal, resolved, studyText } from './written.ts'

const priceOf = (changes: Readonly<Record<string, string>>, prices?: Readonly<Record<string, number>>) =>
  resolved(changes, { prices }).scenario.pools[0]!.price

describe('a resolved study', () => {
  it('is plain data: what crosses to a thread is what was there', () => {
    const setting = resolved()
    expect(structuredClone(setting)).toEqual(setting)
  })

  it('has a slug that is one file name, whatever its name', () => {
    expect(resolved({ name: 'Llama 3.3 (70B), 64 H100' }).slug).toBe('llama-3.3-70b-64-h100')
    expect(resolved({ name: '../../etc' }).slug).toBe('etc')
    expect(resolved({ name: '"..."' }).slug).toBe('study')
  })

  it('takes a price from the command line, else the pool, else the study, else the catalogue, and says so', () => {
    const prices = '{ H100-SXM: 2.4 }'
    const fleet = '[{ node: dgx-h100, nodes: 1, price: 2.3 }]'
    expect(priceOf({})).toMatchObject({ usdPerGpuHour: 2.95, date: '2026-05-20' })
    expect(priceOf({ prices })).toMatchObject({ usdPerGpuHour: 2.4, source: 'prices of the study' })
    expect(priceOf({ prices, fleet })).toMatchObject({ usdPerGpuHour: 2.3, source: 'stated by the user' })
    expect(priceOf({ prices, fleet }, { 'h100-sxm': 2.2 })).toMatchObject({ usdPerGpuHour: 2.2, source: '--price' })
    expect(refusal(() => resolved({}, { prices: { h100sx: 2 } }))).toContain('--price.h100sx: unknown gpu "h100sx"')
  })

  it('takes how experts are used from the calibration unless the study states it, and bounds what it states', () => {
    const assumed = resolved()
    const stated = resolved({ routing: '{ exponent: 0.6, staleness: 0.1 }' })
    expect(stated.scenario.calibration.routing).toMatchObject({ exponent: 0.6, staleness: 0.1 })
    const partly = resolved({ routing: '{ staleness: 0.1 }' }).scenario.calibration.routing
    expect(partly).toEqual({ ...assumed.scenario.calibration.routing, staleness: 0.1 })
    expect(stated.studyHash).not.toBe(assumed.studyHash)
    expect(stated.calibrationHash).toBe(assumed.calibrationHash)
    expect(refusal(() => resolved({ routing: '{ exponent: 0.6, skew: 1 }' }))).toMatch(/routing.*skew/)
    expect(refusal(() => resolved({ routing: '{ staleness: 2 }' }))).toContain('routing.staleness')
  })

  it('merges changes into an engine of the catalogue', () => {
    const { engine } = resolved({ engine: '{ base: vllm, memory: { utilization: 0.95 } }' }).scenario
    const vllm = openCatalog().engine('vllm')
    expect(engine).toEqual({ ...vllm, id: 'vllm-changed', name: `${vllm.name}, changed`, memory: { ...vllm.memory, utilization: 0.95 } })
  })

  it('switches what an engine overlaps, how it splits prompts and how it orders ranks', () => {
    const engine = '{ base: sglang, overlap: [two-batch-decode], parallel: { sequenceSplit: contiguous, tensorSequence: true } }'
    const changed = resolved({ engine }).scenario.engine
    expect(changed.overlap).toEqual(['two-batch-decode'])
    expect(changed.parallel).toMatchObject({ sequenceSplit: 'contiguous', tensorSequence: true, pipeline: true })
    expect(refusal(() => resolved({ engine: '{ base: sglang, overlap: [three-batch] }' }))).toContain('engine.overlap')
  })

  it('reads lengths as numbers or distributions', () => {
    const { workload } = resolved({ workload: '{ isl: { kind: lognormal, mean: 900, cv: 1.5 }, osl: 100, prefixHit: 0.5 }' }).scenario
    expect(workload).toEqual({
      id: 'inline',
      name: '900 (CV 1.5) in, 100 out',
      isl: { kind: 'lognormal', mean: 900, cv: 1.5 },
      osl: { kind: 'fixed', tokens: 100 },
      prefixHit: 0.5,
    })
  })

  it('knows things that stand in the study itself, and checks them even where nothing names them', () => {
    const gpu =
      '{ id: my-gpu, memory: { nominal: 64 GiB, bandwidth: 2 TB/s }, flops: { bf16: 300 TFLOP/s, fp8: 600 TFLOP/s }, pcie: 64 GB/s }'
    const { pools } = resolved({ gpus: `[${gpu}]`, fleet: '[{ gpu: my-gpu, gpus: 4 }]' }).scenario
    expect(pools[0]!.gpu.memory.bandwidth).toBe(2e12)
    const typo = gpu.replace('bandwidth', 'bandwith')
    expect(refusal(() => resolved({ gpus: `[${typo}]` }))).toContain(
      'gpus[0].memory.bandwith: unknown key "bandwith" (did you mean "bandwidth"?)',
    )
  })

  it('takes a model of ten lines, in place or by name', () => {
    const mine = `{ id: mine, hidden: 4096, vocab: 32000, tieEmbeddings: false, maxPosition: 8192, norm: rmsnorm, layerOrder: 0x32,
      layerGroups: [{ count: 32, norms: 2, attn: { kind: gqa, heads: 32, kvHeads: 8, headDim: 128 }, ffn: { kind: dense, intermediate: 14336, gated: true } }],
      checkpoint: { quantization: none, formats: {}, activation: bf16, kv: bf16 } }`
    const { model } = resolved({ model: mine }).scenario
    expect(model).toMatchObject({ id: 'mine', name: 'mine', source: { title: 'stated in the study' } })
    expect(resolved({ model: 'mine', models: `[${mine}]` }).scenario.model).toEqual(model)
    expect(refusal(() => resolved({ model: mine.replace('hidden', 'hiden') }))).toContain('model.hiden: unknown key "hiden"')
  })

  it('reads a Hugging Face config beside the study', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetfront-'))
    const config = {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128256,
      max_position_embeddings: 131072,
      tie_word_embeddings: false,
    }
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine', 'config.json'), JSON.stringify(config))
    writeFileSync(join(folder, 'study.yaml'), studyText({ model: '{ hfConfig: mine/config.json }' }))
    const { model } = resolveStudy(readStudy(join(folder, 'study.yaml'))).scenario
    expect(model.layerGroups[0]).toMatchObject({ count: 32, attn: { kind: 'gqa', heads: 32, kvHeads: 8 }, ffn: { intermediate: 14336 } })
  })
})

describe('hashes of a study', () => {
  it('do not depend on the order of keys, the name or the description', () => {
    const { studyHash, catalogHash } = resolved()
    expect(resolved({ slo: '{ tpot: 50 ms, ttft: 2000 ms }', name: 'another', description: 'words' })).toMatchObject({
      studyHash,
      catalogHash,
    })
  })

  it('tell a changed question from changed facts', () => {
    const { studyHash, catalogHash } = resolved()
    const asked = resolved({ slo: '{ ttft: 2 s, tpot: 51 ms }' })
    expect(asked.catalogHash).toBe(catalogHash)
    expect(asked.studyHash).not.toBe(studyHash)
    const facts =
      '[{ id: dgx-h100, gpu: h100-sxm, gpusPerNode: 8, scaleUpDomain: 8, scaleUpBandwidth: 400 GB/s, scaleOutBandwidth: 50 GB/s }]'
    expect(resolved({ nodes: facts }).catalogHash).not.toBe(catalogHash)
    expect(resolved({}, { prices: { 'h100-sxm': 2 } }).studyHash).not.toBe(studyHash)
  })

  it('are SHA-256 of sorted JSON', () => {
    expect(canonicalJson({ b: [1, { d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[1,{"d":1}]}')
    expect(hashOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })
})

describe('the built-in studies', () => {
  const names = openCatalog().list('study')

  it.each(names)('%s resolves to a space of plans', (name) => {
    const setting = resolveStudy(readStudy(name))
    expect(setting.slug).toBe(name)
    // The TGI study repeats an experiment of 36 points; the others search.
    expect(studySpace(setting).size).toBeGreaterThan(setting.scenario.engine.id === 'tgi' ? 35 : 1000)
  })

  it('hold the main job as it was asked for', () => {
    const { scenario, limits, objectives, axes } = resolveStudy(readStudy('llama-3.3-70b-on-64-h100'))
    const [pool] = scenario.pools
    expect(pool).toMatchObject({ gpus: 64, gpusPerNode: 8, gpu: { id: 'h100-sxm' }, price: { usdPerGpuHour: 2.95 } })
    expect(pool!.links.map(({ span, bandwidth }) => [span, bandwidth])).toEqual([
      [8, 450e9],
      [64, 50e9],
    ])
    expect(scenario.engine.id).toBe('vllm')
    expect([scenario.workload.isl, scenario.workload.osl]).toEqual([
      { kind: 'fixed', tokens: 4000 },
      { kind: 'fixed', tokens: 500 },
    ])
    expect(limits.map((limit) => limit.label)).toEqual(['TTFT <= 2 s', 'TPOT <= 30 ms'])
    expect(objectives).toEqual(['tpot_ms', 'out_tok_s_per_gpu'])
    expect(axes).toMatchObject({ weights: 'fp8', activations: 'fp8', kv: 'fp8' })
    const space = makeSpace(scenario, axes)
    expect([space.at(0).batch, space.at(space.size - 1).batch]).toEqual([1, 512])
  })
})
