import { z } from 'zod'
import { formatNames } from '../../../spaces/precision.ts'
import { components } from '../../../spaces/tensor.ts'
import { readExpected } from '../measure.ts'
import type { Measured } from './measured.ts'

const format = z.enum(formatNames as [string, ...string[]])

/** What a measured point leaves open. */
const settings = z.strictObject({
  weights: z.union([format, z.literal('shipped')]).optional(),
  activations: format.optional(),
  /** Formats of components whose checkpoint is no plain one; the others are bf16. */
  formats: z.partialRecord(z.enum(components), format).optional(),
  kv: format.optional(),
  budget: z.strictObject({ least: z.number(), prompts: z.number(), requests: z.number(), more: z.number() }).optional(),
  promptsPerSlot: z.number().positive().optional(),
  /** Delivery that a launch script sets. */
  streamInterval: z.int().positive().optional(),
  receiveInterval: z.int().positive().optional(),
  /** Ranks that experts are spread over, where the row does not say so. */
  expertParallel: z.int().positive().optional(),
  /** Bytes of GPU memory, as a share, that weights and KV may take together. */
  staticShare: z.number().positive().max(1).optional(),
  /** Throughput is what Little's law makes of the latencies, not requests over the length of the run. */
  littlesLaw: z.boolean().optional(),
})

const name = z.string().optional()
const conditions = z.strictObject({
  model: name,
  engine: name,
  precision: name,
  source: name,
  serving_mode: name,
  gpu: name,
  layout: name,
  generation: name,
})
const conditionNames = conditions.keyof().options

const schema = z.strictObject({
  source: z.string(),
  date: z.string(),
  /** Names of points that the catalogue has under another. */
  models: z.record(z.string(), z.string()),
  /** Nodes that GPUs come in, where a GPU's own entry is a rack. */
  nodes: z.record(z.string(), z.string()),
  recipes: z.array(conditions.extend({ concurrencyFrom: z.number().optional(), set: settings })),
})

export type Recipe = z.output<typeof settings>

export interface Recipes {
  readonly modelName: (written: string) => string
  readonly nodeName: (gpu: string) => string | undefined
  /** What all recipes that match a point say together. */
  readonly of: (row: Measured, generation: string) => Recipe
}

export function readRecipes(): Recipes {
  const { models, nodes, recipes } = readExpected('serving-recipes.yaml', schema)
  return {
    modelName: (written) => models[written] ?? written,
    nodeName: (gpu) => nodes[gpu],
    of: (row, generation) => {
      const said = (name: keyof z.output<typeof conditions>) => (name === 'generation' ? generation : row.text(name))
      const matching = recipes.filter(
        (one) =>
          conditionNames.every((name) => one[name] === undefined || one[name] === said(name)) &&
          row.number('concurrency')! >= (one.concurrencyFrom ?? 0),
      )
      return Object.assign({}, ...matching.map(({ set }) => set)) as Recipe
    },
  }
}
