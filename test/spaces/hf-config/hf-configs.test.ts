import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { openCatalog } from '../../../spaces/catalog.ts'
import { type ImportedModel, importHfConfig } from '../../../spaces/hf-config/index.ts'
import { expandLayers } from '../../../spaces/layer-order.ts'
import { type Model, modelSchema } from '../../../spaces/model.ts'
import { countParameters, edgeTensors, layerTensors } from '../../../spaces/parameters.ts'
import type { Component, Tensor } from '../../../spaces/tensor.ts'
import { storedFormats, tensorBytes } from '../../../spaces/weights.ts'
import { needs } from '../../needs.ts'
import { readTable } from '../table.ts'

const shared = needs('shared')

/** Columns of checkpoints.csv and the components and formats they mean. */
const componentColumns: Readonly<Record<string, Component>> = {
  attn_in: 'attnIn',
  attn_out: 'attnOut',
  indexer: 'indexer',
  linear_attn: 'linearAttn',
  dense_mlp: 'denseMlp',
  routed_experts: 'routedExperts',
  shared_experts: 'sharedExperts',
  lm_head: 'lmHead',
}
const formatOf: Readonly<Record<string, string>> = {
  fp8_block128: 'fp8-block',
  fp8_block128_ue8m0: 'fp8-block-ue8m0',
  fp8_tensor: 'fp8',
  int4_g32: 'int4-g32',
}

// 86 published configs, and what this project computed of them before: reference/catalog/checkpoints.csv.
describe.skipIf(!shared)('the stored configs of Hugging Face', () => {
  const folder = `${shared}/reference/hf-configs`
  const imported = new Map<string, ImportedModel>()
  let expected: readonly Readonly<Record<string, string>>[] = []

  beforeAll(() => {
    const files = readdirSync(folder).filter((name) => name.endsWith('_config.json') && !name.endsWith('hf_quant_config.json'))
    for (const file of files) {
      const result = importHfConfig(`${folder}/${file}`)
      imported.set(result.model.id, result)
    }
    expected = readTable(`${shared}/reference/catalog/checkpoints.csv`)
  }, 60_000)

  test('all 86 import as models that parse, without a warning', () => {
    expect(imported.size).toBe(86)
    expect([...imported.keys()].sort()).toEqual(expected.map((row) => row.hf_id).sort())
    for (const { model, warnings } of imported.values()) {
      expect(modelSchema.safeParse(model).success).toBe(true)
      expect(warnings, model.id).toEqual([])
    }
  })

  test('the parameters agree to the digits of the table, with and without multi-token prediction', () => {
    for (const row of expected) {
      const { total, mtp } = countParameters(imported.get(row.hf_id!)!.model)
      // The table has three decimals, or four significant digits above a thousand.
      const step = Number(row.params_total_b) >= 1000 ? 1e9 : 1e6
      expect(Math.abs(total - Number(row.params_total_b) * 1e9), row.hf_id).toBeLessThanOrEqual(step)
      expect(Math.abs(mtp - Number(row.mtp_params_b) * 1e9), row.hf_id).toBeLessThanOrEqual(6e6)
    }
  })

  test('the bytes agree within 0.2 percent', () => {
    for (const row of expected) {
      const bytes = storedBytes(imported.get(row.hf_id!)!.model)
      expect(Math.abs(bytes / (Number(row.weight_gb) * 1e9) - 1), row.hf_id).toBeLessThan(0.002)
    }
  })

  test.each([
    // reference/catalog/README.md section 5, from InferenceX measurements and model cards.
    ['moonshotai/Kimi-K3', 1559.9e9],
    ['openai/gpt-oss-120b', 65.2e9],
    ['openai/gpt-oss-20b', 13.75e9],
    ['moonshotai/Kimi-K2.5', 594e9],
    ['deepseek-ai/DeepSeek-V3', 673e9],
    ['nvidia/MiniMax-M3-NVFP4', 248.3e9],
  ])('%s takes the bytes that the catalogue states', (id, bytes) => {
    expect(storedBytes(imported.get(id)!.model) / bytes).toBeCloseTo(1, 3)
  })

  test('the quantisation, its KV cache and each component agree', () => {
    for (const row of expected) {
      const { checkpoint } = imported.get(row.hf_id!)!.model
      expect(checkpoint.quantization, row.hf_id).toBe(row.quant)
      expect(checkpoint.kv, row.hf_id).toBe(row.kv_dtype_declared)
      for (const [column, component] of Object.entries(componentColumns)) {
        const stated = row[column] === '' ? 'bf16' : row[column]!
        expect(sharesOff(checkpoint.formats[component] ?? [['bf16', 1]], stated), `${row.hf_id} ${component}`).toBeLessThan(0.025)
      }
    }
  })

  test.each([
    // Column gemm_activation of the same table, in our words.
    ['deepseek-ai/DeepSeek-V3', 'fp8'],
    ['deepseek-ai/DeepSeek-V4-Flash', 'fp8'],
    ['nvidia/GLM-5-NVFP4', 'nvfp4'],
    ['moonshotai/Kimi-K2.5', 'bf16'],
    ['nvidia/Qwen3.6-27B-NVFP4', 'bf16'],
    ['openai/gpt-oss-20b', 'bf16'],
  ])('%s multiplies activations in %s', (id, activation) => {
    expect(imported.get(id)!.model.checkpoint.activation).toBe(activation)
  })

  test('only DeepSeek limits a token to groups of experts', () => {
    const grouped = [...imported.values()].flatMap(({ model }) =>
      model.layerGroups.flatMap(({ ffn }) => (ffn.kind === 'moe' && ffn.groups ? [[model.id, ffn.groups] as const] : [])),
    )
    expect(grouped.map(([id]) => id.replace(/.*\//, '')).sort()).toEqual([
      'DeepSeek-R1',
      'DeepSeek-V3',
      'DeepSeek-V3.1-NVFP4',
      'DeepSeek-V3.2',
      'DeepSeek-V3.2-NVFP4',
    ])
    for (const [, groups] of grouped) expect(groups).toEqual({ count: 8, limit: 4 })
  })

  test('the layers are those of the built-in catalogue, one by one', () => {
    const catalog = openCatalog()
    const known = new Set(catalog.list('model'))
    const both = [...imported.values()].map(({ model }) => model).filter(({ id }) => known.has(id))
    expect(both.length).toBeGreaterThan(45)
    for (const model of both) expect(shapeOf(model), model.id).toEqual(shapeOf(catalog.model(model.id)))
  })
})

/** What a config.json can say of a model; the catalogue also has vendors, towers and published figures. */
function shapeOf(model: Model): unknown {
  const { hidden, vocab, tieEmbeddings, maxPosition, norm, mtp, learnedPositions, lmHeadBias, extraParameters, architecture, checkpoint } =
    model
  const layers = expandLayers(model).map((group) => ({ ...model.layerGroups[group]!, count: undefined }))
  return {
    hidden,
    vocab,
    tieEmbeddings,
    maxPosition,
    norm,
    layers,
    mtp,
    learnedPositions,
    lmHeadBias,
    extraParameters,
    architecture,
    checkpoint,
  }
}

/** Largest difference between the shares of a component's formats and a text such as `bf16*0.26+nvfp4*0.74`. */
function sharesOff(formats: readonly (readonly [string, number])[], stated: string): number {
  const wanted = new Map(
    stated.split('+').map((part) => {
      const [name, share = '1'] = part.split('*') as [string, string?]
      return [formatOf[name] ?? name, Number(share)]
    }),
  )
  const names = new Set([...wanted.keys(), ...formats.map(([name]) => name)])
  const found = new Map(formats)
  return Math.max(...[...names].map((name) => Math.abs((found.get(name) ?? 0) - (wanted.get(name) ?? 0))))
}

/** Text model as shipped, without multi-token prediction. */
function storedBytes(model: Model): number {
  const shipped = { weights: 'shipped', activations: 'bf16', kv: 'bf16', comm: 'bf16' }
  const bytes = (tensors: readonly Tensor[]) =>
    tensors.reduce((sum, tensor) => sum + tensorBytes(tensor, storedFormats(model, shipped, tensor.component)), 0)
  return model.layerGroups.reduce((sum, group) => sum + group.count * bytes(layerTensors(model, group)), bytes(edgeTensors(model)))
}
