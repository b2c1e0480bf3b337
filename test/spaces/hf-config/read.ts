import { expect } from 'vitest'
import { hfConfigToModel } from '../../../spaces/hf-config/index.ts'
import type { Model } from '../../../spaces/model.ts'

/** The model of a config that reads without a warning. */
export function read(config: object): Model {
  const { model, warnings } = hfConfigToModel(config)
  expect(warnings).toEqual([])
  return model
}
