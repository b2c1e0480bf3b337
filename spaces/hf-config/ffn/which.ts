import type { Ffn } from '../../ffn/index.ts'
import { type HfConfig, int, layerList, maybeInt, maybeText, problem } from '../fields.ts'
import { at, shown } from '../json.ts'

type Reader = (config: HfConfig, layer: number) => Ffn
type Test = (config: HfConfig, layer: number) => boolean

/** One reader for the layers that have experts, another for those that do not. */
export function sparseWhere(isMoe: Test, moe: Reader, dense: Reader): Reader {
  return (config, layer) => (isMoe(config, layer) ? moe : dense)(config, layer)
}

/**
 * DeepSeek and its many heirs: `mlp_layer_types` or a list of 0 and 1 says which layers have experts, else all behind the first k of
 * which the index is a multiple of the frequency.
 */
export function behindFirstDense(config: HfConfig, layer: number): boolean {
  const types = layerList<string>(config, 'mlp_layer_types', 'string', int(config, 'layers'))
  if (types !== undefined) return types[layer] !== 'dense'
  const frequency = at(config.values, 'moe_layer_freq')
  if (Array.isArray(frequency)) return layerList<number>(config, 'moe_layer_freq', 'number', int(config, 'layers'))?.[layer] !== 0
  return layer >= (maybeInt(config, 'firstDense') ?? 0) && layer % (frequency === undefined ? 1 : period(config, frequency)) === 0
}

function period(config: HfConfig, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw problem(config, 'moe_layer_freq', 'wrong-type', `must be a whole number above zero or a list, not ${shown(value)}`)
}

/** Qwen: every n-th layer but those listed as MLP only. */
export function everyNthButMlpOnly(config: HfConfig, layer: number): boolean {
  const mlpOnly = layerList<number>(config, 'mlp_only_layers', 'number', 0) ?? []
  return everyNth(config, layer) && !mlpOnly.includes(layer)
}

/** Every n-th layer, counted so that the first period ends with one. */
export function everyNth(config: HfConfig, layer: number): boolean {
  return (layer + 1) % (maybeInt(config, 'moeStep') ?? 1) === 0
}

/** ERNIE: every n-th layer between a first and a last. */
export function betweenFirstAndLast(config: HfConfig, layer: number): boolean {
  return layer >= index(config, 'moe_layer_start_index', 0) && layer <= index(config, 'moe_layer_end_index', -1) && everyNth(config, layer)
}

/** Step: the layers that a text such as `3,4,5` lists. */
export function listedAsText(config: HfConfig, layer: number): boolean {
  const listed = maybeText(config, 'moe_layers_enum')
  return listed === undefined ? behindFirstDense(config, layer) : listed.split(',').some((item) => Number(item) === layer)
}

/** Jamba: one layer in every period, at an offset. */
export function atOffset(offsetKey: string, of: (config: HfConfig) => number): Test {
  return (config, layer) => (layer - index(config, offsetKey, 0)) % of(config) === 0
}

/** A layer's index; negative counts from behind (-1 is the last), and a list has the text model's first. */
function index(config: HfConfig, key: string, otherwise: number): number {
  const found = at(config.values, key)
  const value = (Array.isArray(found) ? found[0] : found) ?? otherwise
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw problem(config, key, 'wrong-type', `must be a whole number, not ${shown(value)}`)
  }
  return value < 0 ? int(config, 'layers') + value : value
}
