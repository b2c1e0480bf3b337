import { z } from 'zod'
import { attentionSchema } from './attention/index.ts'
import { ffnSchema } from './ffn/index.ts'
import { sourceSchema } from './figure.ts'
import { parseLayerOrder } from './layer-order.ts'
import { formatNames } from './precision.ts'
import { components } from './tensor.ts'

/** Layers of one shape. `count` and `layerOrder` say how many and where. */
export const layerGroupSchema = z.strictObject({
  attn: attentionSchema,
  ffn: ffnSchema,
  /** Norms of the block itself, each `hidden` wide (twice that for LayerNorm). */
  norms: z.int().nonnegative(),
  count: z.int().positive(),
  /** Parameters of the layer that belong to no tensor of ours (hyper-connections and the like): counted, never computed with. */
  extraParameters: z.int().positive().optional(),
})
export type LayerGroup = z.infer<typeof layerGroupSchema>

const formatFractions = z.array(z.tuple([z.enum(formatNames as [string, ...string[]]), z.number().min(0).max(1)])).min(1)

/** How the published checkpoint stores each component: [format, fraction of the component's elements]. */
const checkpointSchema = z.strictObject({
  quantization: z.string(),
  /** Components that are absent here are bf16. */
  formats: z.partialRecord(z.enum(components), formatFractions),
  /** What a quantised GEMM's activations are cast to. */
  activation: z.string(),
  kv: z.string(),
})

/** What a published parameter total contains. */
const publishedScopes = ['text', 'text+mtp', 'text+vision', 'text+mtp+vision', 'text+tied_lm_head', 'text+rope_buffers'] as const

const fields = z.strictObject({
  id: z.string(),
  name: z.string(),
  vendor: z.string().optional(),
  year: z.int().optional(),
  architecture: z.string().optional(),
  modelType: z.string().optional(),
  hidden: z.int().positive(),
  vocab: z.int().positive(),
  tieEmbeddings: z.boolean(),
  lmHeadBias: z.boolean().optional(),
  maxPosition: z.int().positive(),
  norm: z.enum(['rmsnorm', 'layernorm']),
  layerGroups: z.array(layerGroupSchema).min(1),
  /** Run-length string over group indexes: `0x80`, `(0x5 1x1)x10 0x2`. */
  layerOrder: z.string(),
  mtp: z
    .strictObject({
      layers: z.int().positive(),
      layer: layerGroupSchema.omit({ count: true }),
      ownEmbed: z.boolean().optional(),
      ownHead: z.boolean().optional(),
    })
    .optional(),
  learnedPositions: z.int().nonnegative().optional(),
  /** Parameters outside the layers that belong to no tensor of ours (embedding norm, final hyper-connections). */
  extraParameters: z.int().positive().optional(),
  visionParameters: z.int().nonnegative().optional(),
  checkpoint: checkpointSchema,
  /** Published figures to compare with; never used in a prediction. */
  published: z
    .strictObject({
      parameters: z.number().optional(),
      active: z.number().optional(),
      /** What the published total contains beside the text model: a second copy of a tied head, rotary buffers, ... */
      scope: z.enum(publishedScopes).optional(),
      /** An exact tensor count, not a rounded figure. */
      exact: z.boolean().optional(),
    })
    .optional(),
  /** Without a date where a person's config.json was imported: the file carries none. */
  source: sourceSchema.partial({ date: true }),
  notes: z.string().optional(),
})
export type Model = z.infer<typeof fields>

/** A model whose layer order names every group as often as the group says. */
export const modelSchema: z.ZodType<Model> = fields.superRefine((model, context) => {
  const wrong = layerOrderProblem(model)
  if (wrong !== undefined) context.addIssue({ code: 'custom', path: ['layerOrder'], message: wrong, input: model.layerOrder })
})

function layerOrderProblem({ layerOrder, layerGroups }: Model): string | undefined {
  const layers = parseLayerOrder(layerOrder)
  if (layers === undefined) return `not a run-length string like "(0x5 1x1)x10 0x2": "${layerOrder}"`
  const stray = layers.find((group) => group >= layerGroups.length)
  if (stray !== undefined) return `names group ${stray}, but there are ${layerGroups.length} groups (counted from 0)`
  const counts = layerGroups.map((_, group) => layers.filter((layer) => layer === group).length)
  const off = layerGroups.findIndex((group, i) => group.count !== counts[i])
  return off < 0 ? undefined : `has ${counts[off]} layers of group ${off}, whose count is ${layerGroups[off].count}`
}
