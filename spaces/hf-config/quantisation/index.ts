import { InputError } from '../../issue.ts'
import type { Model } from '../../model.ts'
import { inside, issueAt, type Where } from '../../where.ts'
import type { HfConfig } from '../fields.ts'
import { at, isObject, type JsonObject, shown } from '../json.ts'
import { compressedTensors } from './compressed-tensors.ts'
import { fp8 } from './fp8.ts'
import { componentFormats } from './fractions.ts'
import { kvFormat } from './kv.ts'
import { modelopt } from './modelopt.ts'
import type { QuantConfig, Scheme } from './scheme.ts'
import { bitsandbytes, grouped, mxfp4 } from './weight-only.ts'

/** Registry: one row per `quant_method`. */
const methods: Readonly<Record<string, (quant: QuantConfig) => Scheme>> = {
  fp8,
  fbgemm_fp8: fp8,
  'compressed-tensors': compressedTensors,
  modelopt: compressedTensors,
  mxfp4,
  awq: grouped,
  gptq: grouped,
  'auto-round': grouped,
  bitsandbytes,
}

/** How the checkpoint stores each component; `hf_quant_config.json` outranks `quantization_config`. */
export function readCheckpoint(
  config: HfConfig,
  trunk: Parameters<typeof componentFormats>[0],
  hfQuantConfig: JsonObject | undefined,
  where: Where,
): Model['checkpoint'] {
  const base = section(config.values, 'quantization_config', config.where) ?? {}
  const own = hfQuantConfig && required(section(hfQuantConfig, 'quantization', where), where)
  const quant = {
    values: own ?? base,
    base,
    config,
    where: own ? inside(where, 'quantization') : inside(config.where, 'quantization_config'),
  }
  const scheme = schemeOf(quant)
  if (scheme === undefined) {
    warnOfWideWeights(config)
    return { quantization: 'none', formats: {}, activation: 'bf16', kv: kvFormat(quant) }
  }
  return { quantization: scheme.quantization, ...componentFormats(trunk, scheme), kv: kvFormat(quant) }
}

/** `quant_algo` outranks `quant_method`, which ModelOpt leaves as it found it. */
function schemeOf(quant: QuantConfig): Scheme | undefined {
  if (at(quant.values, 'quant_algo') !== undefined) return modelopt(quant)
  const method = at(quant.values, 'quant_method') ?? (at(quant.values, 'config_groups') && 'compressed-tensors')
  if (method === undefined) return undefined
  const read = typeof method === 'string' && Object.hasOwn(methods, method) ? methods[method] : undefined
  if (read !== undefined) return read(quant)
  quant.config.warn(`unknown quant_method ${shown(method)}: weights are read as bf16`)
  return undefined
}

/** Engines load fp32 checkpoints as bf16. */
function warnOfWideWeights(config: HfConfig): void {
  const dtype = at(config.values, 'torch_dtype') ?? at(config.values, 'dtype')
  if (dtype === 'float32') config.warn('stored in float32: read as bf16, as engines load it')
}

function section(values: JsonObject, key: string, where: Where): JsonObject | undefined {
  const value = at(values, key)
  if (value === undefined || isObject(value)) return value
  throw new InputError(issueAt(inside(where, key), { code: 'wrong-type', message: `must be a mapping, not ${shown(value)}` }))
}

function required(value: JsonObject | undefined, where: Where): JsonObject {
  if (value !== undefined) return value
  throw new InputError(issueAt(inside(where, 'quantization'), { code: 'missing-key', message: 'is missing (a mapping)' }))
}
