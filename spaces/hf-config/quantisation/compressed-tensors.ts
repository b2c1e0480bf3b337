import { at, isObject, type JsonObject } from '../json.ts'
import { int4Format } from './integers.ts'
import { matcher } from './patterns.ts'
import type { QuantConfig, Scheme, Stored, Weight } from './scheme.ts'
import { problem, texts } from './values.ts'

/** Groups of modules, each with a format of its own; a target without a dot is a class, and every matrix is a `Linear`. */
export function compressedTensors(quant: QuantConfig): Scheme {
  const groups = groupsOf(quant).map((group) => ({ means: targeted(group.targets), stored: storedAs(quant, group) }))
  const kept = matcher(texts(quant, 'ignore'))
  return {
    quantization: `compressed-tensors ${String(at(quant.values, 'format') ?? 'of unknown format')}`,
    storedAs: (weight) => (kept(weight.paths) ? undefined : groups.find((group) => group.means(weight))?.stored),
  }
}

interface Group {
  readonly values: JsonObject
  readonly weights: JsonObject
  readonly targets: readonly string[]
}

function groupsOf(quant: QuantConfig): readonly Group[] {
  const groups = at(quant.values, 'config_groups') ?? {}
  if (!isObject(groups)) throw problem(quant, 'config_groups', 'must be a mapping')
  return Object.entries(groups).map(([name, values]) => {
    const weights = isObject(values) ? at(values, 'weights') : undefined
    if (!isObject(values) || !isObject(weights)) throw problem(quant, `config_groups.${name}.weights`, 'must be a mapping')
    const targets = at(values, 'targets') ?? ['Linear']
    if (Array.isArray(targets) && targets.every((target) => typeof target === 'string')) return { values, weights, targets }
    throw problem(quant, `config_groups.${name}.targets`, 'must be a list of texts')
  })
}

function targeted(targets: readonly string[]): (weight: Weight) => boolean {
  if (targets.includes('Linear')) return () => true
  const named = matcher(targets)
  return ({ paths }) => named(paths)
}

function storedAs(quant: QuantConfig, { values, weights }: Group): Stored | undefined {
  const format = weightFormat(quant, weights, at(values, 'format') ?? at(quant.values, 'format'))
  return format === undefined ? undefined : { format, activation: activationOf(at(values, 'input_activations'), format) }
}

function weightFormat(quant: QuantConfig, weights: JsonObject, packing: unknown): string | undefined {
  const bits = at(weights, 'num_bits')
  const group = at(weights, 'group_size')
  const size = typeof group === 'number' && group > 0 ? group : undefined
  const kind = `${at(weights, 'type') ?? 'int'}${bits}`
  if (kind === 'int4') return int4Format(quant.config, size)
  if (kind === 'int8') return 'int8'
  if (kind === 'float8') return size === 32 ? 'mxfp8' : at(weights, 'block_structure') === undefined ? 'fp8' : 'fp8-block'
  if (kind === 'float4') return packing === 'mxfp4-pack-quantized' || size === 32 ? 'mxfp4' : 'nvfp4'
  quant.config.warn(`unknown quantisation "compressed-tensors ${kind}": its weights are read as bf16`)
  return undefined
}

/** Absent: weight only. */
function activationOf(inputs: unknown, format: string): string {
  if (!isObject(inputs)) return 'bf16'
  if (at(inputs, 'num_bits') === 4) return format
  return at(inputs, 'type') === 'float' ? 'fp8' : 'int8'
}
