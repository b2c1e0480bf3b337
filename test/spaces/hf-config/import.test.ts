import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { importHfConfig } from '../../../spaces/hf-config/index.ts'
import { modelName } from '../../../spaces/hf-config/name.ts'
import { InputError } from '../../../spaces/issue.ts'
import { small } from './small.ts'

const quantised = { quantization: { quant_algo: 'FP8', kv_cache_quant_algo: 'FP8', exclude_modules: ['lm_head'] } }

describe('importing from the disk', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hf-config-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function put(name: string, content: unknown): string {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
    return path
  }

  function messageOf(path: string): string {
    try {
      importHfConfig(path)
    } catch (error) {
      if (error instanceof InputError) return error.message.replaceAll(folder, '')
      throw error
    }
    return ''
  }

  test('a folder is read with its hf_quant_config.json', () => {
    put('tiny/config.json', small.llama)
    put('tiny/hf_quant_config.json', quantised)
    const { model } = importHfConfig(`${folder}/tiny/`)
    expect(model).toMatchObject({ id: 'tiny', checkpoint: { quantization: 'modelopt FP8', kv: 'fp8' } })
    expect(importHfConfig(`${folder}/tiny/config.json`).model).toEqual(model)
  })

  test('a file with a prefix is read with the other file of that prefix', () => {
    const path = put('me--tiny_config.json', small.llama)
    expect(importHfConfig(path).model.checkpoint.quantization).toBe('none')
    put('me--tiny_hf_quant_config.json', quantised)
    expect(importHfConfig(path).model).toMatchObject({ id: 'me/tiny', name: 'tiny', checkpoint: { quantization: 'modelopt FP8' } })
  })

  test('the bare Infinity and NaN that Python writes are taken', () => {
    const text = JSON.stringify({ ...small.blocks, time_step_limit: [0, 'INF', 'NOT'] })
    const path = put('config.json', text.replace('"INF"', 'Infinity').replace('"NOT"', 'NaN'))
    expect(importHfConfig(path).model.layerOrder).toBe('0x1 1x1 2x1 3x1 0x1 1x1')
  })

  test('Infinity where a number is needed is refused by name', () => {
    const text = JSON.stringify({ ...small.llama, num_hidden_layers: 'INF' })
    expect(messageOf(put('config.json', text.replace('"INF"', 'Infinity')))).toBe(
      '/config.json:1: num_hidden_layers: must be a whole number, not Infinity',
    )
  })

  test('what is not JSON is refused with its line', () => {
    expect(messageOf(put('config.json', '{\n  "model_type": "llama",\n  oops\n}'))).toMatch(/^\/config\.json:3: not JSON/)
    expect(messageOf(put('config.json', ''))).toMatch(/^\/config\.json:1: not JSON/)
  })

  test('missing layers name the file and the field', () => {
    const { num_hidden_layers: _, ...config } = small.llama
    expect(messageOf(put('config.json', config))).toMatch(/^\/config\.json:1: num_hidden_layers: is missing \(the number of layers/)
  })

  test('a wrong value is named with its line, inside a text model too', () => {
    const text_config = { ...small.chunked.text_config, num_hidden_layers: -8 }
    const path = put('config.json', { model_type: 'llama4', text_config })
    const line =
      1 +
      JSON.stringify({ model_type: 'llama4', text_config }, null, 2)
        .split('\n')
        .findIndex((text) => text.includes('-8'))
    expect(messageOf(path)).toBe(`/config.json:${line}: text_config.num_hidden_layers: must be from 1 to 1000, not -8`)
  })

  test('a broken hf_quant_config.json is named', () => {
    put('config.json', small.llama)
    put('hf_quant_config.json', '[')
    expect(messageOf(folder)).toMatch(/^\/hf_quant_config\.json:1: not JSON/)
  })

  test('a path that leads nowhere is refused', () => {
    expect(messageOf(`${folder}/none`)).toMatch(/no such file/)
    expect(messageOf(`${folder}/none.json`)).toMatch(/no such file/)
    put('empty/other.txt', 'x')
    expect(messageOf(`${folder}/empty`)).toBe('/empty/config.json: no such file')
  })
})

describe('the name of a model', () => {
  test.each([
    ['/models/Llama-3.1-8B', 'Llama-3.1-8B'],
    ['/models/Llama-3.1-8B/', 'Llama-3.1-8B'],
    ['/models/Llama-3.1-8B/config.json', 'Llama-3.1-8B'],
    ['hub/models--meta-llama--Llama-3.1-8B/snapshots/0e9e/config.json', 'meta-llama/Llama-3.1-8B'],
    ['configs/meta-llama--Llama-3.1-8B_config.json', 'meta-llama/Llama-3.1-8B'],
    ['my-model.json', 'my-model'],
    ['C:\\models\\tiny\\config.json', 'tiny'],
    ['config.json', 'model'],
    ['.', 'model'],
  ])('from %s is %s', (path, name) => {
    expect(modelName(path)).toBe(name)
  })
})
