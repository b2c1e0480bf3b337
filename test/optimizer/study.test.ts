import { describe, expect, it } from 'vitest'
import { readStudy } from '../../optimizer/read-study.ts'
import { refusal, resolved, written } from './written.ts'

const refused = (changes: Readonly<Record<string, string>>) => refusal(() => resolved(changes))

describe('a study', () => {
  it('has quantities in SI units and defaults filled in', () => {
    const { study } = written()
    expect(study.slo).toEqual({ ttft: 2, tpot: 0.05 })
    expect(study.objectives).toEqual(['tpot_ms', 'out_tok_s_per_gpu'])
    expect(study.limits).toEqual({})
  })

  it('reads the same from its own checked form, so that a result holds a study that runs again', () => {
    const { study } = written({ fleet: '[{ gpu: h100-sxm, gpus: 16, scaleOutBandwidth: 200 Gb/s, price: 2.2 $ }]' })
    expect(written(Object.fromEntries(Object.entries(study).map(([key, value]) => [key, JSON.stringify(value)]))).study).toEqual(study)
  })
})

describe('a study that is refused', () => {
  it('names a file that is not there, or cannot be read', () => {
    expect(refusal(() => readStudy('./no-such-study.yaml'))).toBe('./no-such-study.yaml: no such file')
    expect(refusal(() => readStudy('test/optimizer/'))).toBe('test/optimizer/: a directory, not a file')
  })

  it('names a study that the catalogue lacks, with the one that was meant', () => {
    expect(refusal(() => readStudy('llama-3.3-70b-on-64-h10'))).toContain(
      'unknown study "llama-3.3-70b-on-64-h10" (did you mean "llama-3.3-70b-on-64-h100"?)',
    )
  })

  it.each([
    [{ modle: 'x' }, 'study.yaml:8: modle: unknown key "modle" (did you mean "model"?)'],
    [{ axes: '{ batches: 3 }' }, 'study.yaml:7: axes.batches: unknown key "batches" (did you mean "batch"?)'],
    [{ limits: '{ usd_per_hr: { max: 3 } }' }, 'study.yaml:8: limits.usd_per_hr: unknown key "usd_per_hr" (did you mean "usd_per_h"?)'],
    [{ objectives: '[tpot_ms, out_toks_per_gpu]' }, 'study.yaml:8: objectives[1]: must be one of'],
    [{ objectives: '[tpot_ms, status]' }, 'study.yaml:8: objectives[1]: must be one of'],
    [
      { engine: '{ base: vllm, memory: { utilisation: 0.9 } }' },
      'study.yaml:4: engine.memory.utilisation: unknown key "utilisation" (did you mean "utilization"?)',
    ],
  ])('has an unknown key or column: %j', (changes, message) => {
    expect(refused(changes)).toContain(message)
  })

  it.each([
    [
      { model: 'llama-3.3-70b-instrukt' },
      'study.yaml:2: model: unknown model "llama-3.3-70b-instrukt" (did you mean "meta-llama/Llama-3.3-70B-Instruct"?)',
    ],
    [{ fleet: '[{ gpu: h100sxm5, gpus: 8 }]' }, 'study.yaml:3: fleet[0].gpu: unknown gpu "h100sxm5" (did you mean "h100-sxm"?)'],
    [{ fleet: '[{ node: dgx-h10, nodes: 8 }]' }, 'study.yaml:3: fleet[0].node: unknown node "dgx-h10" (did you mean "dgx-h100"?)'],
    [{ engine: 'vlm' }, 'study.yaml:4: engine: unknown engine "vlm" (did you mean "vllm"?)'],
    [{ engine: '{ base: sgland }' }, 'study.yaml:4: engine.base: unknown engine "sgland" (did you mean "sglang"?)'],
    [{ workload: 'chatt' }, 'study.yaml:5: workload: unknown workload "chatt" (did you mean "chat"?)'],
    [{ prices: '{ h100-smx: 2 }' }, 'study.yaml:8: prices.h100-smx: unknown gpu "h100-smx" (did you mean "h100-sxm"?)'],
  ])('names a thing that nobody knows: %j', (changes, message) => {
    expect(refused(changes)).toBe(message)
  })

  it.each([
    [{ slo: '{ ttft: 2 GB }' }, 'study.yaml:6: slo.ttft: "2 GB" is not a time: unknown unit "GB" (write for example 2 s or 30 ms)'],
    [{ slo: '{ tpot: soon }' }, 'study.yaml:6: slo.tpot: "soon" is not a time (write for example 2 s or 30 ms)'],
    [{ slo: '{ tpot: -30 ms }' }, 'study.yaml:6: slo.tpot: must be more than 0, not -30 ms'],
    [{ slo: '{ tpot: 0 }' }, 'study.yaml:6: slo.tpot: must be more than 0, not 0'],
    [{ slo: '{ tpot: 30 }' }, 'study.yaml:6: slo.tpot: must be at most 1 s, not 30 s'],
    [{ fleet: '[{ gpu: h100-sxm, gpus: 8, memory: 80 }]' }, 'study.yaml:3: fleet[0].memory: must be at least 128 MiB, not 80 B'],
    [
      { fleet: '[{ gpu: h100-sxm, gpus: 8, price: 400 Gb/s }]' },
      'study.yaml:3: fleet[0].price: "400 Gb/s" is not an amount of money: unknown unit "Gb/s"',
    ],
  ])('has a wrong unit or an absurd quantity: %j', (changes, message) => {
    expect(refused(changes)).toContain(message)
  })

  it.each([
    [{ workload: '{ isl: 0, osl: 10 }' }, 'workload.isl: must be at least 1, not 0'],
    [{ workload: '{ isl: -5, osl: 10 }' }, 'workload.isl: must be at least 1, not -5'],
    [{ workload: '{ isl: .nan, osl: 10 }' }, 'workload.isl: must be a number or a mapping, not NaN'],
    [{ workload: '{ isl: .inf, osl: 10 }' }, 'workload.isl: must be a number or a mapping, not Infinity'],
    [{ workload: '{ isl: 1e9, osl: 10 }' }, 'workload.isl: must be at most 10000000, not 1000000000'],
    [{ workload: '{ isl: 10, osl: 10, prefixHit: 1 }' }, 'workload.prefixHit: must be less than 1, not 1'],
    [{ axes: '{ batch: -1 }' }, 'axes.batch: '],
    [{ axes: '{ batch: [1, 0] }' }, 'axes.batch[1]: '],
    [{ axes: '{ batch: { from: 1, to: 0.5 } }' }, 'axes.batch.to: must be a whole number, not 0.5'],
    [{ axes: '{ batch: few }' }, 'axes.batch: must be all or a number or a list or a mapping, not "few"'],
    [{ axes: '{ weights: fp9 }' }, 'not "fp9" (did you mean "fp8"?)'],
    [{ axes: '{ weights: [fp8, fp9] }' }, 'axes.weights[1]: must be one of shipped, '],
    [{ name: '"two\\nlines"' }, 'name: must be one line without control characters'],
    [{ axes: '{ batch: { from: 1, to: 8, factor: 1 } }' }, 'axes.batch.factor: '],
    [{ limits: '{ memory_gib: { max: .nan } }' }, 'limits.memory_gib.max: must be a number, not NaN'],
    [{ limits: '{ memory_gib: {} }' }, 'limits.memory_gib: needs a min or a max'],
    [{ limits: '{ memory_gib: { min: 3, max: 2 } }' }, 'limits.memory_gib: has a min above its max'],
    [{ objectives: '[tpot_ms]' }, 'objectives: must be at least 2 items long'],
    [{ objectives: '[tpot_ms, tpot_ms]' }, 'objectives: names a column twice'],
    [{ name: '""' }, 'name: must be at least 1 character long'],
  ])('has a number that cannot be: %j', (changes, message) => {
    expect(refused(changes)).toContain(message)
  })

  it.each([
    [{ fleet: '[]' }, 'fleet: must be at least 1 item long, not an empty list'],
    [{ fleet: '[{ gpu: h100-sxm, gpus: 0 }]' }, 'fleet[0].gpus: '],
    [{ fleet: '[{ gpu: h100-sxm }]' }, 'fleet[0].gpus: is missing: say how many gpus or nodes'],
    [{ fleet: '[{ gpus: 8 }]' }, 'fleet[0]: needs a gpu or a node'],
    [{ fleet: '[{ gpu: h100-sxm, gpus: 8388608 }]' }, 'fleet[0].gpus: must be at most 1048576 GPUs, not 8388608'],
    [
      { fleet: '[{ gpu: h100-sxm, gpus: 8 }, { gpu: h100-sxm, gpus: 4 }]' },
      'fleet[1]: a second pool is called "h100-sxm" (give each pool an id of its own)',
    ],
    [{ fleet: '[{ id: "a:b", gpu: h100-sxm, gpus: 8 }]' }, 'fleet[0].id: "a:b" must be letters, digits, dots, hyphens and underscores'],
  ])('has a fleet that cannot be built: %j', (changes, message) => {
    expect(refused(changes)).toContain(message)
  })

  it('has an empty axis', () => {
    expect(refused({ axes: '{ batch: [] }' })).toContain('study.yaml:7: axes.batch: has no values')
    expect(refused({ axes: '{ batch: { from: 9, to: 8 } }' })).toContain('axes.batch: has no values')
  })

  it('has a space that numbers cannot count', () => {
    const axes = '{ batch: { from: 1, to: 900000000000000 }, chunk: { from: 1, to: 100000 } }'
    expect(refused({ axes })).toMatch(/study\.yaml:7: axes: \d+ plans are more than 2\^53 - 1/)
  })

  it('asks for a column that this fleet, or this version, has no values of', () => {
    const gpus =
      '[{ id: toy, memory: { nominal: 80 GiB, bandwidth: 1 TB/s }, flops: { bf16: 100 TFLOP/s, fp8: 200 TFLOP/s }, pcie: 32 GB/s }]'
    const toy = { gpus, fleet: '[{ gpu: toy, gpus: 8 }]' }
    expect(refused({ ...toy, objectives: '[tpot_ms, usd_per_mtok_out]' })).toBe(
      'study.yaml:9: objectives[1]: usd_per_mtok_out needs a price, and toy has none (write prices: { toy: 2.5 })',
    )
    expect(refused({ ...toy, limits: '{ j_per_tok: { max: 9 } }' })).toContain(
      'limits.j_per_tok: j_per_tok needs a power, and toy lists none',
    )
    expect(refused({ objectives: '[tpot_ms, p_front]' })).toContain(
      'objectives[1]: p_front is known only of plans that the search has found',
    )
  })

  it('shows every problem of its form at once', () => {
    const message = refused({ slo: '{ ttft: 0 }', workload: '{ isl: 0, osl: 0 }', colour: 'red' })
    expect(message.split('\n')).toHaveLength(4)
  })
})
