import { type Catalog, openCatalog } from '../spaces/catalog.ts'
import { readYaml } from '../spaces/read.ts'
import { parseWith } from '../spaces/validate.ts'
import type { Where } from '../spaces/where.ts'
import { type Study, studySchema } from './study.ts'

/** A study and where it was written, so that later problems name their line. */
export interface WrittenStudy {
  readonly study: Study
  readonly where: Where
}

/** The study of a YAML or JSON file, or of that name in the catalogue. InputError for everything that is wrong with it. */
export function readStudy(fileOrName: string, catalog: Catalog = openCatalog()): WrittenStudy {
  const { value, where } = isFile(fileOrName) ? readYaml(fileOrName) : catalog.entry('study', fileOrName)
  return checkStudy(value, where)
}

/** A study that was not read from a file, checked. */
export function checkStudy(value: unknown, where: Where = {}): WrittenStudy {
  return { study: parseWith(studySchema, value, where), where }
}

function isFile(text: string): boolean {
  return /[\\/]|\.(ya?ml|json)$/i.test(text)
}
