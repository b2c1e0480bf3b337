import { InputError } from '../../../spaces/issue.ts'
import type { Model } from '../../../spaces/model.ts'
import type { Precision } from '../../../spaces/plan.ts'
import { findFormat, formatNames } from '../../../spaces/precision.ts'
import { didYouMean } from '../../../spaces/suggest.ts'
import type { Measured } from './measured.ts'
import type { Recipe } from './recipe.ts'

/** Served as published, or as another checkpoint that its recipe describes. */
export function checkpointOf(model: Model, { formats, activations }: Recipe): Model {
  if (formats === undefined) return model
  const shares = Object.fromEntries(Object.entries(formats).map(([component, name]) => [component, [[name, 1]]]))
  return { ...model, checkpoint: { quantization: 'as served', formats: shares, activation: activations ?? 'bf16', kv: 'fp8' } }
}

/** InputError where the row names a format that nobody knows. */
export function precisionOf(row: Measured, { checkpoint }: Model, recipe: Recipe): Precision {
  const { weights = row.text('precision'), activations = weights, formats, kv = checkpoint.kv } = recipe
  const shipped = formats !== undefined || (checkpoint.quantization !== 'none' && weights.startsWith(checkpoint.activation))
  const written = row.text('kv_dtype').replace(/_e\dm\d$/, '')
  const precision = {
    weights: shipped ? 'shipped' : weights,
    activations,
    kv: written === 'auto' ? checkpoint.kv : written === '' ? kv : written,
    comm: 'bf16',
  }
  checkFormat(precision.activations, 'precision')
  checkFormat(precision.kv, 'kv_dtype')
  return precision
}

function checkFormat(name: string, path: string): void {
  if (findFormat(name) !== undefined) return
  const suggestion = didYouMean(name, formatNames) ?? `one of ${formatNames.join(', ')}`
  throw new InputError({ path, code: 'unknown-name', message: `no format is called "${name}"`, suggestion })
}
