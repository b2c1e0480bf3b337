import type { Model } from '../model.ts'
import { layerTensors } from '../parameters.ts'
import type { CutAxis, Tensor } from '../tensor.ts'

interface CutTensor extends Tensor {
  readonly axis: Exclude<CutAxis, 'none'>
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

function isCutMatrix(tensor: Tensor): tensor is CutTensor {
  return tensor.axis !== 'none' && tensor.in > 1
}
