import type { Family } from './family.ts'
import { gemma4Family } from './gemma4.ts'
import { hybridFamilies } from './hybrid.ts'
import { latentFamilies } from './latent.ts'
import { nasFamily } from './nas.ts'
import { nemotronHFamily } from './nemotron-h.ts'
import { olderFamilies } from './older.ts'
import { plainFamilies } from './plain.ts'
import { sparseFamilies } from './sparse.ts'
import { windowedFamilies } from './windowed.ts'

/** Registry: one row per family. Keys mean different things in different families, so the model type decides, not which keys are there. */
export const families: readonly Family[] = [
  ...plainFamilies,
  ...olderFamilies,
  ...windowedFamilies,
  gemma4Family,
  ...sparseFamilies,
  ...latentFamilies,
  ...hybridFamilies,
  nemotronHFamily,
  nasFamily,
]

const byType: ReadonlyMap<string, Family> = new Map(families.flatMap((family) => family.modelTypes.map((type) => [type, family])))

/** The first of the model types that somebody described. */
export function familyOf(modelTypes: readonly string[]): Family | undefined {
  return modelTypes.map((type) => byType.get(type)).find((family) => family !== undefined)
}
