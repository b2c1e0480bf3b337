import { InputError } from '../issue.ts'
import { type Model, modelSchema } from '../model.ts'
import { countParameters } from '../parameters.ts'
import { parseWith } from '../validate.ts'
import { issueAt, type Where } from '../where.ts'
import type { Family } from './families/family.ts'
import { genericFamily } from './families/generic.ts'
import { familyOf } from './families/index.ts'
import { flag, type HfConfig, int, maybeInt } from './fields.ts'
import { isObject, type JsonObject, shown } from './json.ts'
import { groupLayers, type Layer } from './layer-groups.ts'
import { readCheckpoint } from './quantisation/index.ts'
import { textConfig } from './text-config.ts'

export interface ImportedModel {
  readonly model: Model
  /** What a person should know about the reading. */
  readonly warnings: readonly string[]
}

/** Where the two files came from, for messages. */
interface Files {
  readonly config?: Where
  readonly quantisation?: Where
}

/**
 * A Hugging Face config.json, and hf_quant_config.json where there is one, as a model. InputError names the field that is missing or
 * makes no sense. A model type nobody described reads as a plain transformer, with a warning.
 */
export function hfConfigToModel(config: unknown, hfQuantConfig?: unknown, name = 'model', files: Files = {}): ImportedModel {
  const where = files.config ?? {}
  const text = textConfig(mapping(config, where), where)
  const known = familyOf(text.modelTypes)
  const family = known ?? genericFamily
  const warnings = new Set<string>()
  const fields: HfConfig = { values: text.values, where: text.where, defaults: family.defaults ?? {}, warn: (w) => warnings.add(w) }

  const quantisation = hfQuantConfig === undefined ? undefined : mapping(hfQuantConfig, files.quantisation ?? {})
  const bare = bareModel(fields, family)
  const [modelType] = text.modelTypes
  const model: Model = {
    id: name,
    name: name.slice(name.lastIndexOf('/') + 1),
    ...(text.architecture && { architecture: text.architecture }),
    ...(modelType && { modelType }),
    ...bare,
    checkpoint: readCheckpoint(fields, bare, quantisation, files.quantisation ?? where),
    source: { title: `config.json of ${name}`, confidence: known ? 'high' : 'low' },
    ...(text.towers.length > 0 && { notes: `text model only: ${text.towers.join(' and ')} not counted` }),
  }
  const parsed = parseWith(modelSchema, model, { ...(where.file && { file: where.file }) })
  if (known === undefined) warnings.add(genericWarning(parsed))
  return { model: parsed, warnings: [...warnings] }
}

function mapping(value: unknown, where: Where): JsonObject {
  if (isObject(value)) return value
  throw new InputError(issueAt(where, { code: 'wrong-type', message: `must be a mapping, not ${shown(value)}` }))
}

/** Everything that the checkpoint's formats do not touch. */
function bareModel(config: HfConfig, family: Family) {
  const count = (family.layers ?? ((c) => int(c, 'layers')))(config)
  const layers = Array.from({ length: count }, (_, layer) => readLayer(config, family, layer))
  const mtp = readMtp(config, family, count)
  const { learnedPositions, extraParameters, lmHeadBias } = family.edges?.(config) ?? {}
  return {
    hidden: int(config, 'hidden'),
    vocab: int(config, 'vocab'),
    tieEmbeddings: flag(config, ['tie_word_embeddings'], family.tied),
    ...(lmHeadBias && { lmHeadBias }),
    maxPosition: int(config, 'maxPosition'),
    norm: family.norm ?? 'rmsnorm',
    ...groupLayers(layers),
    ...(mtp && { mtp }),
    ...(learnedPositions && { learnedPositions }),
    ...(extraParameters && { extraParameters }),
  }
}

function readLayer(config: HfConfig, family: Family, layer: number): Layer {
  const attn = family.attention(config, layer)
  const ffn = family.ffn(config, layer)
  const norms = family.norms?.(config, layer) ?? Number(attn.kind !== 'none') + Number(ffn.kind !== 'none')
  return withExtra({ attn, ffn, norms }, family.layerExtra?.(config, layer))
}

function readMtp(config: HfConfig, { mtp }: Family, count: number): Model['mtp'] {
  const layers = mtp && maybeInt(config, 'mtpLayers')
  if (layers === undefined) return undefined
  // Read as the layer behind the last; it never has a router by token id.
  const layer = withExtra({ attn: mtp!.attention(config, count), ffn: mtp!.ffn(config, count), norms: 2 }, mtp!.extra?.(config))
  return { layers, layer, ...(mtp!.ownEdges && { ownEmbed: true, ownHead: true }) }
}

function withExtra(layer: Layer, extraParameters: number | undefined): Layer {
  return extraParameters ? { ...layer, extraParameters } : layer
}

function genericWarning(model: Model): string {
  const type = model.modelType === undefined ? 'no model_type' : `unknown model_type "${model.modelType}"`
  const billions = (countParameters(model).total / 1e9).toPrecision(4)
  return `${type}: read as a plain transformer of ${billions} billion parameters; compare that with the model's card`
}
