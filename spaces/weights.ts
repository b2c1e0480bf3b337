import type { Model } from './model.ts'
import type { Precision } from './plan.ts'
import { type Format, format } from './precision.ts'
import { type Component, type Tensor, tensorParameters } from './tensor.ts'

/** What a named weight format applies to; engines keep embedding, head, router, index and norms in bf16. */
const quantised: readonly Component[] = ['attnIn', 'attnOut', 'linearAttn', 'denseMlp', 'routedExperts', 'sharedExperts']

/** Formats of a component's elements with the fraction that each holds: of the checkpoint (`shipped`), or of the named format. */
export function storedFormats(model: Model, precision: Precision, component: Component): readonly (readonly [Format, number])[] {
  if (precision.weights === 'shipped')
    return (model.checkpoint.formats[component] ?? [['bf16', 1]]).map(([name, share]) => [format(name), share])
  return [[format(quantised.includes(component) ? precision.weights : 'bf16'), 1]]
}

/** Bytes of the whole tensor, all copies, with the scales of its formats. */
export function tensorBytes(tensor: Tensor, formats: readonly (readonly [Format, number])[]): number {
  return tensorParameters(tensor) * bytesPerElement(formats)
}

export function bytesPerElement(formats: readonly (readonly [Format, number])[]): number {
  return formats.reduce((sum, [stored, share]) => sum + stored.bytes * share, 0)
}
