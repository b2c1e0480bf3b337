import { listFolder, parseYaml, readJson, readText } from '../read.ts'
import type { Where } from '../where.ts'
import { hfConfigToModel, type ImportedModel } from './convert.ts'
import { modelName } from './name.ts'

export { hfConfigToModel, type ImportedModel } from './convert.ts'

const configName = 'config.json'

/** Model of a config.json, or of a folder that holds one; hf_quant_config.json beside it is read too. */
export function importHfConfig(path: string): ImportedModel {
  const file = path.endsWith('.json') ? path : `${path.replace(/\/+$/, '')}/${configName}`
  const quantFile = siblings(file).find((name) => name === quantName(file))
  const config = readJson(file, { tolerant: true })
  const quantisation = quantFile === undefined ? undefined : readJson(quantFile, { tolerant: true })
  return hfConfigToModel(config, quantisation, modelName(path), {
    config: whereOf(file),
    ...(quantFile && { quantisation: whereOf(quantFile) }),
  })
}

/** Lines are looked for only where there is a problem to report: JSON is YAML, whose parser knows them. */
function whereOf(file: string): Where {
  return { file, lineOf: (path) => parseYaml(readText(file), file).where.lineOf(path) }
}

/** `config.json` -> `hf_quant_config.json`, also behind a prefix that both files share. */
function quantName(file: string): string {
  return file.replace(/(config\.json|\.json)$/, (end) => (end === configName ? 'hf_quant_config.json' : '_hf_quant_config.json'))
}

function siblings(file: string): readonly string[] {
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  return (listFolder(folder === '' ? '.' : folder) ?? []).map((name) => folder + name)
}
