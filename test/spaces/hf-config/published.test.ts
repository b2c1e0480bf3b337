import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../../spaces/catalog.ts'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import { expandLayers } from '../../../spaces/layer-order.ts'
import type { Model } from '../../../spaces/model.ts'
import { countParameters } from '../../../spaces/parameters.ts'
import { publishedDense } from './published-dense.ts'
import { publishedSparse } from './published-sparse.ts'

const published = { ...publishedDense, ...publishedSparse }

describe('published models that are not among the stored configs', () => {
  const catalog = openCatalog()

  test.each(Object.keys(published))('%s reads as the catalogue has it', (id) => {
    const { model, warnings } = hfConfigToModel(published[id], undefined, id)
    const known = catalog.model(id)
    expect(warnings).toEqual([])
    expect(shapeOf(model)).toEqual(shapeOf(known))
    expect(countParameters(model).total).toBe(countParameters(known).total)
  })
})

/** All but the context length, which the catalogue gives as extended by scaled rotary positions. */
function shapeOf(model: Model): unknown {
  const { hidden, vocab, tieEmbeddings, norm, mtp, learnedPositions, lmHeadBias, extraParameters } = model
  const layers = expandLayers(model).map((group) => ({ ...model.layerGroups[group]!, count: undefined }))
  return { hidden, vocab, tieEmbeddings, norm, layers, mtp, learnedPositions, lmHeadBias, extraParameters }
}
