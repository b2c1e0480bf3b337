import { cutWidth } from '../../spaces/cut.ts'
import { draftModule } from '../../spaces/draft-module.ts'
import type { Model } from '../../spaces/model.ts'
import { edgeTensors, layerTensors, mtpTensors } from '../../spaces/parameters.ts'
import type { ColocatedPlan, Layout } from '../../spaces/plan.ts'
import { type Component, components, rankShape, type Tensor } from '../../spaces/tensor.ts'
import { bytesPerElement, storedFormats } from '../../spaces/weights.ts'
import type { Stage } from './stages.ts'

/** Bytes of weights on the fullest GPU of a stage, without tables that an engine computes (see `rope.ts`). */
export type StageWeights = (stage: Stage) => number

/**
 * Weights by stage of a plan. The embedding is on the first stage, the head on the last; a head that is the embedding is stored once where
 * both ends are one stage, else on both. Draft modules are loaded with the last stage where the plan speculates.
 */
export function stageWeights(model: Model, { layout, precision, speculation }: ColocatedPlan): StageWeights {
  const element = Object.fromEntries(
    components.map((component) => [component, bytesPerElement(storedFormats(model, precision, component))]),
  ) as Readonly<Record<Component, number>>
  const bytes = (tensors: readonly Tensor[]) => tensors.reduce((sum, t) => sum + rankElements(t, layout) * element[t.component], 0)
  const groups = model.layerGroups.map((group) => bytes(layerTensors(model, group)))
  const edges = edgeTensors(model)
  const module = draftModule(model, speculation)
  const drafts = module === undefined ? 0 : module.layers * bytes(mtpTensors(model, module))
  const embed = bytes(edges.filter((t) => t.component === 'embed'))
  const start = embed + bytes(edges.filter((t) => t.component === 'posEmbed'))
  const end = bytes(edges.filter((t) => t.component !== 'embed' && t.component !== 'posEmbed')) + drafts
  const readsEmbedding = model.tieEmbeddings || (drafts > 0 && !module?.ownEmbed)
  return ({ counts, first, last }) => {
    const layers = counts.reduce((sum, count, group) => sum + count * groups[group]!, 0)
    return Math.ceil(layers + (first ? start : 0) + (last ? end : 0) + (last && !first && readsEmbedding ? embed : 0))
  }
}

/** Elements of a tensor on the fullest rank: whole experts are dealt out over EP, redundant copies included; the rest is cut. */
export function rankElements(t: Tensor, layout: Layout): number {
  const [out, input] = rankShape(t, cutWidth(t.axis, layout))
  const bias = t.bias === undefined ? 0 : t.side === 'out' ? t.bias * (out / t.out) : t.bias
  const copies = t.copies === undefined ? 1 : Math.ceil((t.copies + layout.redundantExperts) / layout.ep)
  return copies * (out * input + bias)
}
