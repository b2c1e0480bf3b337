import { expandLayers } from './layer-order.ts'
import type { Model } from './model.ts'
import type { Speculation } from './plan.ts'

/** Layers that draft tokens for a model, one after another with the same weights. */
export type DraftModule = NonNullable<Model['mtp']>

/** What must be loaded to draft; undefined: nothing. An EAGLE module is a layer like the model's last, with its embedding and its head. */
export function draftModule(model: Model, speculation: Speculation | undefined): DraftModule | undefined {
  if (speculation === undefined || speculation.draft === 'ngram') return undefined
  if (speculation.draft !== 'eagle') return model.mtp
  const { count: _, ...layer } = model.layerGroups[expandLayers(model).at(-1)!]!
  return { layers: 1, layer }
}

/** The module as a model of its own: embedding, its layer, head. */
export function drafter(model: Model, { layer }: DraftModule): Model {
  const { mtp: _, ...rest } = model
  return { ...rest, layerGroups: [{ ...layer, count: 1 }], layerOrder: '0x1' }
}
