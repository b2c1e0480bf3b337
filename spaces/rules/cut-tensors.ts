import type { Model } from '../model.ts'
import { layerTensors } from '../parameters.ts'
import type { Layout } from '../plan.ts'
import type { Tensor } from '../tensor.ts'

/** Axes along which tensors are cut at all. */
type CutAxis = Exclude<Tensor['axis'], 'none'>

interface CutTensor extends Tensor {
  readonly axis: CutAxis
}

const memo = new WeakMap<Model, readonly CutTensor[]>()

/** Matrices of the layers that some group of ranks cuts, one of each shape. Asked for every layout of a space, so remembered per model. */
export function cutTensors(model: Model): readonly CutTensor[] {
  let tensors = memo.get(model)
  if (tensors === undefined) {
    const matrices = model.layerGroups.flatMap((group) => layerTensors(model, group)).filter(isCutMatrix)
    const shapes = new Map(matrices.map((t) => [[t.name, t.component, t.axis, t.side, t.out, t.in, t.units].join(' '), t]))
    tensors = [...shapes.values()]
    memo.set(model, tensors)
  }
  return tensors
}

/** The width of a plan that cuts tensors of an axis. */
export const cuttingWidth = {
  attention: 'tp',
  dense: 'ffnTp',
  expert: 'moeTp',
  vocab: 'tp',
} as const satisfies Readonly<Record<CutAxis, keyof Layout>>

function isCutMatrix(tensor: Tensor): tensor is CutTensor {
  return tensor.axis !== 'none' && tensor.in > 1
}
