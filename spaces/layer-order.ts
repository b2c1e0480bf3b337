/** Far above any model: a slip of the finger must not fill the memory. */
const mostLayers = 10_000

/** Groups `5x2` (layers of one group), `(0x5 1x1)x10` (a repeated pattern); anything else does not match. */
const token = /\s*(?:(\d+)x(\d+)|(\()|\)x(\d+))/y

/** Group index of every layer from a run-length string such as `(0x5 1x1)x10 0x2`; undefined where it is malformed. */
export function parseLayerOrder(text: string): readonly number[] | undefined {
  const open: number[][] = [[]]
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text)
    if (match === null) return undefined
    const [, group, run, opening, times] = match
    if (opening !== undefined) {
      open.push([])
      continue
    }
    const unit = times === undefined ? [Number(group)] : open.length > 1 ? open.pop() : undefined
    const repeats = Number(run ?? times)
    if (unit === undefined || repeats * Math.max(1, unit.length) > mostLayers) return undefined
    open.at(-1)!.push(...Array.from({ length: repeats }, () => unit).flat())
  }
  return open.length === 1 ? open[0] : undefined
}

const expanded = new WeakMap<{ readonly layerOrder: string }, readonly number[]>()

/** Group index of every layer of a model, first layer first. A model was checked when it was read, so a malformed order is a bug. */
export function expandLayers(model: { readonly layerOrder: string }): readonly number[] {
  const known = expanded.get(model)
  if (known !== undefined) return known
  const layers = parseLayerOrder(model.layerOrder)
  if (layers === undefined) throw new Error(`malformed layer order: ${model.layerOrder}`)
  expanded.set(model, layers)
  return layers
}
