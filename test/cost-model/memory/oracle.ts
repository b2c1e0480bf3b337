import { layerCacheBytes } from '../../../spaces/kv.ts'
import { expandLayers } from '../../../spaces/layer-order.ts'
import { edgeTensors, layerTensors } from '../../../spaces/parameters.ts'
import type { Layout } from '../../../spaces/plan.ts'
import type { Tensor } from '../../../spaces/tensor.ts'
import { storedFormats } from '../../../spaces/weights.ts'
import type { Case } from './cases.ts'

/** Layers of a stage, dealt out one by one: round after round from the first stage on, so that early stages get the odd ones. */
function layersOf({ scenario: { model }, plan }: Case, stage: number): readonly number[] {
  const layers = expandLayers(model)
  const sizes = Array.from({ length: plan.layout.pp }, () => 0)
  for (let i = 0; i < layers.length; i++) sizes[i % plan.layout.pp]!++
  const from = sizes.slice(0, stage).reduce((a, b) => a + b, 0)
  return layers.slice(from, from + sizes[stage]!)
}

/** Weights of the fullest rank of a stage, layer by layer and unit by unit. */
export function weightsOn(it: Case, stage: number): number {
  const { model } = it.scenario
  const { layout, precision } = it.plan
  const bytes = (t: Tensor) =>
    storedFormats(model, precision, t.component).reduce((sum, [format, share]) => sum + elementsOn(t, layout) * format.bytes * share, 0)
  const ends = edgeTensors(model).filter((t) => {
    const last = stage === layout.pp - 1
    if (t.component === 'embed') return stage === 0 || (last && model.tieEmbeddings)
    return t.component === 'posEmbed' ? stage === 0 : last
  })
  const layers = layersOf(it, stage).flatMap((group) => layerTensors(model, model.layerGroups[group]!))
  return [...layers, ...ends].reduce((sum, t) => sum + bytes(t), 0)
}

function elementsOn(t: Tensor, layout: Layout): number {
  const width = { none: 1, attention: layout.tp, vocab: layout.tp, dense: layout.ffnTp, expert: layout.moeTp }[t.axis]
  const units = t.axis === 'none' ? t.units : dealt(t.units, width)
  const matrix = (t.out * t.in * units) / t.units
  const bias = ((t.bias ?? 0) * (t.side === 'out' ? units : t.units)) / t.units
  return (matrix + bias) * (t.copies === undefined ? 1 : dealt(t.copies + layout.redundantExperts, layout.ep))
}

/** Most that one of `ranks` gets when `things` are dealt out one by one. */
function dealt(things: number, ranks: number): number {
  const hands = Array.from({ length: Math.min(things, ranks) }, () => 0)
  for (let i = 0; i < things; i++) hands[i % ranks]!++
  return Math.max(...hands)
}

/** Bytes that `tokens` of one request take on the fullest rank of a stage, state included. */
export function requestOn(it: Case, stage: number, tokens: number): number {
  const { model } = it.scenario
  const { layout, precision } = it.plan
  const { tp, dcp, sp, spKind } = layout
  const width = spKind === 'ring' ? { tp, dcp, sp } : { tp: spKind === 'all-to-all' ? tp * sp : tp, dcp }
  return layersOf(it, stage).reduce((sum, g) => sum + layerCacheBytes(model.layerGroups[g]!, tokens, precision.kv, width), 0)
}
