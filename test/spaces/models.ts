import { openCatalog } from '../../spaces/catalog.ts'
import type { LayerGroup, Model } from '../../spaces/model.ts'

const catalog = openCatalog()

/** All models of the built-in catalogue, read once. */
export const models: readonly Model[] = catalog.list('model').map((id) => catalog.model(id))

export function model(id: string): Model {
  return catalog.model(id)
}

/** Layer groups of all models, one of each distinct shape. */
export const layerShapes: readonly { readonly model: Model; readonly group: LayerGroup }[] = [
  ...new Map(
    models.flatMap((m) => m.layerGroups.map((group) => [JSON.stringify([m.hidden, group.attn, group.ffn]), { model: m, group }] as const)),
  ).values(),
]
