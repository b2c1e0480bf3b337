import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { emptyFolder, write } from './run.ts'

const folder = emptyFolder()
const sweep = (study: string) => refusal(folder, ['sweep', study, '--out', join(folder, 'out/deep')])

/** What a study is refused with, in which some lines of a good one are changed. */
const refused = (changes: Readonly<Record<string, string>>) => sweep(write(folder, 'study.yaml', studyText(changes)))

describe('a study that cannot be read', () => {
  it.each([
    ['is missing', 'none.yaml', undefined, '<dir>/none.yaml: no such file'],
    ['is in a folder that is none', 'file/study.yaml', undefined, '<dir>/file/study.yaml: a part of its path is not a directory'],
    ['is a folder', 'folder.yaml', undefined, '<dir>/folder.yaml: a directory, not a file'],
    ['is not text', 'study.yaml', new Uint8Array([0xff, 0xfe, 0x41]), '<dir>/study.yaml: not UTF-8 text'],
    ['is empty', 'study.yaml', '', '<dir>/study.yaml: must be a mapping, not null'],
    ['is a list', 'study.yaml', '- a\n', '<dir>/study.yaml:1: must be a mapping, not a list'],
    [
      'is no YAML',
      'study.yaml',
      studyText({ workload: '{ isl: 1000, osl: ' }),
      '<dir>/study.yaml:5: flow map in block collection must be sufficiently indented and end with a }',
    ],
    ['has a key twice', 'study.yaml', `${studyText()}name: again\n`, '<dir>/study.yaml:8: map keys must be unique'],
  ])('%s', async (_, name, text, message) => {
    write(folder, 'file', '')
    mkdirSync(join(folder, 'folder.yaml'), { recursive: true })
    if (text !== undefined) write(folder, name, text)
    expect(await sweep(join(folder, name))).toBe(message)
  })

  it('is a name that the catalogue lacks', async () => {
    expect(await sweep('llama-3.3-70b-on-64-h10')).toBe(
      'unknown study "llama-3.3-70b-on-64-h10" (did you mean "llama-3.3-70b-on-64-h100"?)',
    )
  })
})

describe('a study with a mistake', () => {
  it.each([
    ['an unknown key', { slow: '{ ttft: 2 s }' }, ':8: slow: unknown key "slow" (did you mean "slo"?)'],
    ['a missing key', { name: '~' }, ':1: name: must be text, not null'],
    ['a wrong unit', { slo: '{ tpot: 30 GB }' }, ':6: slo.tpot: "30 GB" is not a time: unknown unit "GB" (write for example 2 s or 30 ms)'],
    ['a forgotten unit', { slo: '{ tpot: 30 }' }, ':6: slo.tpot: must be at most 1 s, not 30 s'],
    ['a negative time', { slo: '{ tpot: -30 ms }' }, ':6: slo.tpot: must be more than 0, not -30 ms'],
    ['a NaN', { workload: '{ isl: .nan, osl: 1 }' }, ':5: workload.isl: must be a number or a mapping, not NaN'],
    ['a zero', { workload: '{ isl: 0, osl: 1 }' }, ':5: workload.isl: must be at least 1, not 0'],
    ['an absurd number', { workload: '{ isl: 1e9, osl: 1 }' }, ':5: workload.isl: must be at most 10000000, not 1000000000'],
    ['a negative price', { prices: '{ h100-sxm: -2 }' }, ':8: prices.h100-sxm: must be more than 0, not -2 $'],
    [
      'an unknown model',
      { model: 'llama-3.3-70b-instrukt' },
      ':2: model: unknown model "llama-3.3-70b-instrukt" (did you mean "meta-llama/Llama-3.3-70B-Instruct"?)',
    ],
    ['an unknown GPU', { fleet: '[{ gpu: h100sxm5, gpus: 8 }]' }, ':3: fleet[0].gpu: unknown gpu "h100sxm5" (did you mean "h100-sxm"?)'],
    ['an unknown engine', { engine: 'vlm' }, ':4: engine: unknown engine "vlm" (did you mean "vllm"?)'],
    ['an empty axis', { axes: '{ batch: [] }' }, ':7: axes.batch: has no values (leave it out for the default, or write "all")'],
    [
      'an axis of more steps than anybody means',
      { axes: '{ batch: { from: 1, to: 1e15, factor: 1.0000001 } }' },
      ':7: axes.batch: a range by factor starts above 0 and has at most 10000 steps',
    ],
    [
      'absurdly many copies of experts',
      { axes: '{ redundantExperts: 9e14 }' },
      ':7: axes.redundantExperts: must be at most 1024, not 900000000000000',
    ],
    [
      'widths that no plan can have',
      { axes: '{ tp: 3 }' },
      ':7: axes: no widths on these axes use the 8 GPUs of pool "h100-sxm" exactly: replicas x pp x attentionDp x sp x tp must be 8, and ep x moeTp x moeDp the GPUs of a stage (leave replicas out, or write "all")',
    ],
    ['no GPUs', { fleet: '[{ gpu: h100-sxm, gpus: 0 }]' }, ':3: fleet[0].gpus: must be more than 0, not 0'],
    ['no pools', { fleet: '[]' }, ':3: fleet: must be at least 1 item long, not an empty list'],
    [
      'half a node',
      { fleet: '[{ node: dgx-h100, gpus: 12 }]' },
      ':3: fleet[0].gpus: 12 GPUs do not fill nodes of 8 (say gpusPerNode where nodes have another size)',
    ],
  ])('has %s', async (_, changes, message) => {
    expect(await refused(changes)).toBe(`<dir>/study.yaml${message}`)
  })

  it('has more plans than a number counts', async () => {
    expect(await refused({ axes: '{ batch: { from: 1, to: 9e14 }, chunk: { from: 1, to: 1e5 } }' })).toMatch(
      /^<dir>\/study\.yaml:7: axes: \d+ plans are more than 2\^53 - 1 \(narrow an axis: batch has 900000000000000 values\)$/,
    )
  })

  it('is told all of its mistakes at once, each in its line', async () => {
    const lines = await refused({ fleet: '[{ gpu: h100-sxm, gpus: 0.5 }]', slo: '{ ttft: 0 }', colour: 'red' })
    expect(lines.split('\n')).toEqual([
      '<dir>/study.yaml:3: fleet[0].gpus: must be a whole number, not 0.5',
      '<dir>/study.yaml:6: slo.ttft: must be more than 0, not 0',
      expect.stringMatching(/^<dir>\/study\.yaml:8: colour: unknown key "colour" \(known: name, description, /),
    ])
  })
})

describe('a config.json that a study names', () => {
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
  }
  const text = JSON.stringify(config, null, 1)

  it.each([
    ['is not there', undefined, ': no such file'],
    ['is not JSON', '{\n not json', ":2: not JSON: expected property name or '}'"],
    ['is no mapping', '[]', ':1: must be a mapping, not a list'],
    ['has Infinity', text.replace('4096', 'Infinity'), ':6: hidden_size: must be a whole number, not Infinity'],
    [
      'misses its layers',
      text.replace(/ "num_hidden_layers".*\n/, ''),
      ':1: num_hidden_layers: is missing (the number of layers, also read from n_layer, n_layers, num_layers)',
    ],
    ['has no layers', text.replace(': 32', ': 0'), ':8: num_hidden_layers: must be from 1 to 1000, not 0'],
    ['has absurdly many', text.replace(': 32', ': 1e12'), ':8: num_hidden_layers: must be from 1 to 1000, not 1000000000000'],
  ])('%s', async (_, written, message) => {
    const mine = emptyFolder()
    if (written !== undefined) write(mine, 'config.json', written)
    const study = write(mine, 'study.yaml', studyText({ model: '{ hfConfig: config.json }' }))
    expect(await refusal(mine, ['sweep', study, '--out', join(mine, 'out')])).toBe(`<dir>/config.json${message}`)
  })
})
