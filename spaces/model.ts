import { z } from 'zod'
import { attentionSchema } from './attention/index.ts'
import { ffnSchema } from './ffn/index.ts'
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
  extraParameters: z.int().nonnegative().optional(),
})
export type LayerGroup = z.infer<typeof layerGroupSchema>

const formatFractions = z.array(z.tuple([z.enum(formatNames as [string, ...string[]]), z.number().min(0).max(1)])).min(1)

/** How the published checkpoint stores each component: [format, fraction of the component's elements]. */
export const checkpointSchema = z.strictObject({
  quantization: z.string(),
  /** Components that are absent here are bf16. */
  formats: z.partialRecord(z.enum(components), formatFractions),
  /** What a quantised GEMM's activations are cast to. */
  activation: z.string(),
  kv: z.string(),
})

export const modelSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  vendor: z.string().optional(),
  year: z.int().optional(),
  architecture: z.string().optional(),
  modelType: z.string().optional(),
  hidden: z.int().positive(),
  vocab: z.int().positive(),
  tieEmbeddings: z.boolean(),
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
  visionParameters: z.int().nonnegative().optional(),
  checkpoint: checkpointSchema,
  /** Published figures to compare with; never used in a prediction. */
  published: z
    .strictObject({
      parameters: z.number().optional(),
      active: z.number().optional(),
      /** What the published total contains: `text`, `text+mtp`, `text+vision`, ... */
      scope: z.string().optional(),
      exact: z.boolean().optional(),
    })
    .optional(),
  source: z.strictObject({ title: z.string(), date: z.string(), confidence: z.enum(['high', 'medium', 'low']) }),
  notes: z.string().optional(),
})
export type Model = z.infer<typeof modelSchema>
