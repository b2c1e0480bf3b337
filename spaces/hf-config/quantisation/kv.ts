import { at, isObject } from '../json.ts'
import type { QuantConfig } from './scheme.ts'

/** Spellings of the KV cache's format, in lower case. */
const spellings: Readonly<Record<string, string>> = {
  fp8: 'fp8',
  fp8_e4m3: 'fp8',
  fp8_e5m2: 'fp8',
  float8: 'fp8',
  int8: 'int8',
  nvfp4: 'nvfp4',
  auto: 'bf16',
  none: 'bf16',
  bfloat16: 'bf16',
  bf16: 'bf16',
  fp16: 'bf16',
  float16: 'bf16',
}

/** Format of the KV cache that the checkpoint declares: hf_quant_config.json first, then config.json; bf16 where neither does. */
export function kvFormat({ values, base, config }: QuantConfig): string {
  for (const source of [values, base]) {
    for (const key of ['kv_cache_quant_algo', 'kv_cache_scheme', 'kv_cache_dtype']) {
      const declared = spelled(at(source, key))
      if (declared === undefined) continue
      const format = Object.hasOwn(spellings, declared) ? spellings[declared] : undefined
      if (format !== undefined) return format
      config.warn(`unknown KV cache format "${declared}": read as bf16`)
    }
  }
  return 'bf16'
}

function spelled(value: unknown): string | undefined {
  if (isObject(value)) return `${at(value, 'type') === 'int' ? 'int' : 'fp'}${at(value, 'num_bits')}`
  return value === undefined ? undefined : String(value).toLowerCase()
}
