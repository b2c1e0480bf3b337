import { flag, type HfConfig, int, layerList, maybeInt } from './fields.ts'

/** Tokens of the sliding window; undefined where there is none, or where it is no shorter than the context. */
export function slidingWindow(config: HfConfig): number | undefined {
  const window = maybeInt(config, 'window')
  return window !== undefined && window < int(config, 'maxPosition') ? window : undefined
}

/** `layer_types` says which layers slide; without it, none do. */
export function windowByType(config: HfConfig, layer: number): number | undefined {
  return typeOf(config, layer) === 'sliding_attention' ? slidingWindow(config) : undefined
}

/** Gemma-2: every other layer, from the first. */
export function windowOnEvenLayers(config: HfConfig, layer: number): number | undefined {
  return (typeOf(config, layer) ?? (layer % 2 === 0 ? 'sliding_attention' : '')) === 'sliding_attention' ? slidingWindow(config) : undefined
}

/** Gemma-3 and Cohere-2: every n-th layer is full. */
export function windowButEveryNth(config: HfConfig, layer: number): number | undefined {
  const type = typeOf(config, layer)
  const slides = type === undefined ? (layer + 1) % int(config, 'slidingPattern') !== 0 : type === 'sliding_attention'
  return slides ? slidingWindow(config) : undefined
}

/** Qwen-2 and -3: only if switched on, and then from `max_window_layers` up. */
export function windowOfUpperLayers(config: HfConfig, layer: number): number | undefined {
  if (!flag(config, ['use_sliding_window'])) return undefined
  return layer >= (maybeInt(config, 'maxWindowLayers') ?? 0) ? slidingWindow(config) : undefined
}

/** Entry of `layer_types`, which may go on with the layers of multi-token prediction. */
export function typeOf(config: HfConfig, layer: number): string | undefined {
  return layerList<string>(config, 'layer_types', 'string', int(config, 'layers'))?.[layer]
}
