import type { LayerGroup } from '../model.ts'

export type Layer = Omit<LayerGroup, 'count'>

/** Layers of one shape together, in the order in which the shapes first appear, and which layer has which. */
export function groupLayers(layers: readonly Layer[]): { readonly layerGroups: LayerGroup[]; readonly layerOrder: string } {
  const keys = layers.map((layer) => JSON.stringify(layer))
  const distinct = [...new Set(keys)]
  const indexes = new Map(distinct.map((key, index) => [key, index]))
  const order = keys.map((key) => indexes.get(key)!)
  const layerGroups = distinct.map((key, index) => ({
    ...layers[keys.indexOf(key)]!,
    count: order.filter((group) => group === index).length,
  }))
  return { layerGroups, layerOrder: encodeLayerOrder(order) }
}

/** Longest pattern of runs that is looked for; Nemotron-H's is eleven. */
const longestPattern = 16

/** `0x3 (1x2 0x1)x4`: runs of equal layers, and patterns of runs that repeat. The inverse of `parseLayerOrder`. */
export function encodeLayerOrder(order: readonly number[]): string {
  const runs = runsOf(order)
  const parts: string[] = []
  for (let i = 0; i < runs.length; ) {
    const { length, times } = bestPattern(runs, i)
    const pattern = runs.slice(i, i + length).join(' ')
    parts.push(times > 1 ? `(${pattern})x${times}` : pattern)
    i += length * times
  }
  return parts.join(' ')
}

function runsOf(order: readonly number[]): readonly string[] {
  const runs: { group: number; length: number }[] = []
  for (const group of order) {
    const last = runs.at(-1)
    if (last?.group === group) last.length++
    else runs.push({ group, length: 1 })
  }
  return runs.map(({ group, length }) => `${group}x${length}`)
}

/** Of the patterns that start here and repeat, the one that covers most; the shorter of equals. */
function bestPattern(runs: readonly string[], start: number): { readonly length: number; readonly times: number } {
  let best = { length: 1, times: 1 }
  for (let length = 2; length <= longestPattern && start + 2 * length <= runs.length; length++) {
    let same = length
    while (runs[start + same] !== undefined && runs[start + same] === runs[start + same - length]) same++
    const times = Math.floor(same / length)
    if (times > 1 && times * length > best.times * best.length) best = { length, times }
  }
  return best
}
