import { at, isObject } from '../json.ts'
import { fp8 } from './fp8.ts'
import { bareName, lookup, matcher } from './patterns.ts'
import { isInLayer, type QuantConfig, type Scheme, type Stored } from './scheme.ts'
import { problem, texts } from './values.ts'

/** Algorithms of NVIDIA's ModelOpt, as hf_quant_config.json names them. */
const algorithms: Readonly<Record<string, Stored>> = {
  FP8: { format: 'fp8', activation: 'fp8' },
  FP8_PER_CHANNEL_PER_TOKEN: { format: 'fp8', activation: 'fp8' },
  FP8_PB_WO: { format: 'fp8-block', activation: 'fp8' },
  FP8_PB_REAL: { format: 'fp8-block', activation: 'fp8' },
  MXFP8: { format: 'mxfp8', activation: 'mxfp8' },
  NVFP4: { format: 'nvfp4', activation: 'nvfp4' },
  NVFP4_AWQ: { format: 'nvfp4', activation: 'nvfp4' },
  W4A16_NVFP4: { format: 'nvfp4', activation: 'bf16' },
  W4A8_NVFP4_FP8: { format: 'nvfp4', activation: 'fp8' },
  W4A8_MXFP4_FP8: { format: 'mxfp4', activation: 'fp8' },
  W4A16_MXFP4: { format: 'mxfp4', activation: 'bf16' },
  W4A16_AWQ: { format: 'awq', activation: 'bf16' },
  W4A8_AWQ: { format: 'awq', activation: 'fp8' },
  W8A16: { format: 'int8', activation: 'bf16' },
  W8A8_SQ_PER_CHANNEL: { format: 'int8', activation: 'int8' },
}

/** One algorithm for every linear layer that is not excluded, or (MIXED_PRECISION) one per listed module. */
export function modelopt(quant: QuantConfig): Scheme {
  const name = algorithmName(quant, 'quant_algo', quant.values)
  const kept = matcher([...texts(quant, 'exclude_modules'), ...texts(quant, 'ignore')])
  if (name === 'MIXED_PRECISION') return mixed(quant, kept)
  const stored = known(quant, name)
  return { quantization: `modelopt ${name}`, storedAs: (weight) => (isInLayer(weight) && !kept(weight.paths) ? stored : undefined) }
}

/** What is not listed stays as the checkpoint it was made from: DeepSeek-V4's is fp8 already. */
function mixed(quant: QuantConfig, kept: ReturnType<typeof matcher>): Scheme {
  const listed = at(quant.values, 'quantized_layers') ?? {}
  if (!isObject(listed)) throw problem(quant, 'quantized_layers', 'must be a mapping')
  const byName = new Map<string, Stored>()
  for (const [path, entry] of Object.entries(listed)) {
    const stored = known(quant, algorithmName(quant, `quantized_layers.${path}`, entry))
    if (stored !== undefined) byName.set(bareName(path), stored)
  }
  const base = at(quant.base, 'quant_method') === 'fp8' ? fp8({ ...quant, values: quant.base }) : undefined
  return {
    quantization: 'modelopt MIXED_PRECISION',
    storedAs: (weight) => (kept(weight.paths) ? undefined : lookup(byName, weight.paths)) ?? base?.storedAs(weight),
  }
}

function algorithmName(quant: QuantConfig, key: string, entry: unknown): string {
  const name = isObject(entry) ? at(entry, 'quant_algo') : undefined
  if (typeof name === 'string') return name
  throw problem(quant, key, 'must name a quant_algo')
}

function known(quant: QuantConfig, name: string): Stored | undefined {
  const stored = Object.hasOwn(algorithms, name) ? algorithms[name] : undefined
  if (stored === undefined) quant.config.warn(`unknown quantisation "${name}": its weights are read as bf16`)
  return stored
}
