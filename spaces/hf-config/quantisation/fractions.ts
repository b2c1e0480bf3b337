import type { Attention } from '../../attention/index.ts'
import type { Ffn } from '../../ffn/index.ts'
import { parseLayerOrder } from '../../layer-order.ts'
import type { Model } from '../../model.ts'
import { layerTensors } from '../../parameters.ts'
import { type Component, components, type Tensor, tensorParameters } from '../../tensor.ts'
import { modulePaths } from './modules.ts'
import type { Scheme, Stored } from './scheme.ts'

type Trunk = Pick<Model, 'hidden' | 'norm' | 'vocab' | 'tieEmbeddings' | 'layerGroups' | 'layerOrder'>

/** Formats of each component with the share of its matrix elements, and the activations that most quantised elements meet. */
export function componentFormats(trunk: Trunk, scheme: Scheme): Pick<Model['checkpoint'], 'formats' | 'activation'> {
  const elements = new Map<Component, Map<string, number>>()
  const activations = new Map<string, number>()
  const store = (component: Component, count: number, stored: Stored | undefined) => {
    const formats = elements.get(component) ?? new Map<string, number>()
    elements.set(component, formats)
    add(formats, stored?.format ?? 'bf16', count)
    if (stored !== undefined) add(activations, stored.activation, count)
  }
  for (const { layer, part, tensor } of matrices(trunk)) {
    const paths = modulePaths(layer, part, tensor)
    if (paths.length > 0) store(tensor.component, tensorParameters(tensor), scheme.storedAs({ component: tensor.component, paths }))
  }
  if (!trunk.tieEmbeddings) store('lmHead', trunk.vocab * trunk.hidden, scheme.storedAs({ component: 'lmHead', paths: headPaths }))
  const quantised = components.filter((component) => [...(elements.get(component)?.keys() ?? [])].some((format) => format !== 'bf16'))
  const formats = Object.fromEntries(quantised.map((component) => [component, shares(elements.get(component)!)]))
  return { formats, activation: byCount(activations)[0]?.[0] ?? 'bf16' }
}

const headPaths = ['lm_head', 'head', 'output_layer', 'embed_out']

interface Matrix {
  readonly layer: number
  readonly part: { readonly attn: Attention; readonly ffn: Ffn }
  readonly tensor: Tensor
}

function matrices(trunk: Trunk): readonly Matrix[] {
  const tensors = trunk.layerGroups.map((group) => layerTensors(trunk, group))
  const layers = parseLayerOrder(trunk.layerOrder) ?? []
  return layers.flatMap((group, layer) => tensors[group]!.map((tensor) => ({ layer, part: trunk.layerGroups[group]!, tensor })))
}

function shares(counts: ReadonlyMap<string, number>): [string, number][] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return byCount(counts).map(([format, count]) => [format, count / total])
}

/** The most first; equal counts by name, so that the order of the layers does not show. */
function byCount(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
