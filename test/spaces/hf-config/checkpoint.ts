import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import type { Model } from '../../../spaces/model.ts'

/** The checkpoint that a small config has with this quantization_config, and the warnings. */
export function quantised(config: object, quantization_config: object): Model['checkpoint'] & { readonly warnings: readonly string[] } {
  const { model, warnings } = hfConfigToModel({ ...config, quantization_config })
  return { ...model.checkpoint, warnings }
}

/** The same from hf_quant_config.json. */
export function modelopt(config: object, quantization: object): Model['checkpoint'] & { readonly warnings: readonly string[] } {
  const { model, warnings } = hfConfigToModel(config, { producer: { name: 'modelopt' }, quantization })
  return { ...model.checkpoint, warnings }
}

/** A component that is in one format throughout. */
export function allOf(format: string): readonly (readonly [string, number])[] {
  return [[format, 1]]
}
