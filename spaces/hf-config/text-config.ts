import { inside, type Where } from '../where.ts'
import { aliases } from './aliases.ts'
import { at, isObject, type JsonObject } from './json.ts'

/** Objects in which multimodal models keep their text model. */
const wrappers = ['text_config', 'language_config', 'llm_config', 'thinker_config']

/** What a wrapper says for its text model where that does not say it itself. */
const inherited = ['quantization_config', 'tie_word_embeddings', 'torch_dtype', 'dtype', 'expert_dtype']

interface TextConfig {
  readonly values: JsonObject
  readonly where: Where
  /** Model types to look up, the innermost first: some text models carry none of their own. */
  readonly modelTypes: readonly string[]
  /** The outermost, which names the whole model. */
  readonly architecture: string | undefined
  /** Keys of towers for other kinds of input, which are not counted. */
  readonly towers: readonly string[]
}

/** Wrappers inside wrappers that published models have: an omni model's thinker and its text model. */
const deepest = 3

/** The text model's part of a config.json, with what it inherits from the objects around it. */
export function textConfig(outer: JsonObject, where: Where, depth = deepest): TextConfig {
  const key = wrappers.find((name) => leadsToText(outer[name], depth))
  const modelTypes = typeof outer['model_type'] === 'string' ? [outer['model_type']] : []
  const architecture = at(outer, 'architectures')
  const named = Array.isArray(architecture) && typeof architecture[0] === 'string' ? architecture[0] : undefined
  const towers = ['vision_config', 'audio_config'].filter((name) => isObject(outer[name]))
  if (key === undefined) return { values: outer, where, modelTypes, architecture: named, towers }
  const own = outer[key] as JsonObject
  const given = inherited.filter((name) => at(own, name) === undefined && at(outer, name) !== undefined)
  const inner = textConfig({ ...own, ...Object.fromEntries(given.map((name) => [name, outer[name]])) }, inside(where, key), depth - 1)
  return {
    ...inner,
    modelTypes: [...inner.modelTypes, ...modelTypes],
    architecture: named ?? inner.architecture,
    towers: [...inner.towers, ...towers],
  }
}

function leadsToText(value: unknown, depth: number): boolean {
  if (!isObject(value) || depth === 0) return false
  return aliases.hidden.keys.some((key) => at(value, key) !== undefined) || wrappers.some((name) => leadsToText(value[name], depth - 1))
}
