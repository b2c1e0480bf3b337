import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { InputError } from '../../../spaces/issue.ts'
import { modelSchema } from '../../../spaces/model.ts'
import { small } from './small.ts'

/** Either a model that parses or a user's mistake; anything else thrown is a bug and fails the test. */
function isModelOrInputError(config: unknown, quant?: unknown): void {
  try {
    expect(modelSchema.safeParse(hfConfigToModel(config, quant).model).success).toBe(true)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    for (const issue of error.issues) expect(issue.message).not.toBe('')
  }
}

const modelTypes = Object.values(small).map((config) => config.model_type)
const nonsense = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, -1, 0.5, Infinity, NaN, 1e308, 2 ** 53, '8', null, [], {}))

/** Every path to a value inside a small config, as keys and positions. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries = Array.isArray(value) ? value.map((item, i) => [i, item] as const) : Object.entries(value)
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key]))]
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaced(item, rest, by) : item))
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) }
}

describe('importing', () => {
  test('any JSON gives a model that parses or names what is wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => isModelOrInputError(value)),
      { seed: 1, numRuns: 300 },
    )
  })

  test('any object with the type of a known family does', () => {
    const config = fc.tuple(fc.constantFrom(...modelTypes), fc.dictionary(fc.string(), fc.jsonValue())).map(([model_type, rest]) => ({
      ...rest,
      model_type,
    }))
    fc.assert(
      fc.property(config, (value) => isModelOrInputError(value)),
      { seed: 1, numRuns: 200 },
    )
  })

  test.each(Object.entries(small))('%s with any one value left out or replaced does', (_, config) => {
    for (const path of pathsOf(config)) {
      isModelOrInputError(replaced(config, path, undefined))
      for (const value of [null, 0, -1, 1, 0.5, NaN, Infinity, 2 ** 53, '8', 'x', true, false, [], {}]) {
        isModelOrInputError(replaced(config, path, value))
      }
    }
  })

  test('small configs with several values replaced by nonsense do', () => {
    const mutated = fc.constantFrom(...Object.values(small)).chain((config) => {
      const paths = pathsOf(config)
      const change = fc.tuple(fc.constantFrom(...paths), nonsense)
      return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
        // Longer paths first, so that an earlier change does not remove where a later one goes.
        const ordered = [...changes].sort((a, b) => b[0].length - a[0].length)
        return ordered.reduce<unknown>((value, [path, by]) => replaced(value, path, by), config)
      })
    })
    fc.assert(
      fc.property(mutated, (value) => isModelOrInputError(value)),
      { seed: 1, numRuns: 500 },
    )
  })

  test('any quantization_config and any hf_quant_config.json do', () => {
    const names = fc.constantFrom(
      'fp8',
      'modelopt',
      'compressed-tensors',
      'awq',
      'gptq',
      'bitsandbytes',
      'mxfp4',
      'MIXED_PRECISION',
      'NVFP4',
    )
    const quant = fc.record(
      {
        quant_method: fc.oneof(names, fc.jsonValue()),
        quant_algo: fc.oneof(names, fc.jsonValue()),
        weight_block_size: fc.jsonValue(),
        modules_to_not_convert: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
        exclude_modules: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
        ignore: fc.oneof(fc.array(fc.string().map((text) => `re:${text}`)), fc.jsonValue()),
        quantized_layers: fc.oneof(fc.dictionary(fc.string(), fc.record({ quant_algo: names })), fc.jsonValue()),
        config_groups: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
        kv_cache_quant_algo: fc.jsonValue(),
        bits: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const configs = fc.constantFrom<object>(small.llama, small.mla)
    fc.assert(
      fc.property(configs, quant, (config, quantization_config) => isModelOrInputError({ ...config, quantization_config })),
      { seed: 1, numRuns: 300 },
    )
    fc.assert(
      fc.property(configs, quant, (config, quantization) => isModelOrInputError(config, { quantization })),
      { seed: 2, numRuns: 300 },
    )
  })

  test('the same config gives the same model', () => {
    for (const config of Object.values(small)) expect(hfConfigToModel(config)).toEqual(hfConfigToModel(structuredClone(config)))
  })
})
