import { z } from 'zod'
import { figureSchema, sourceSchema } from './figure.ts'

/** A GPU as its file says it: every figure with a source. SI base units: bytes, bytes/s, FLOP/s, watts. Dense peaks, never sparse. */
export const gpuSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  vendor: z.string(),
  /** Chip family as the vendor writes it: `Hopper GH100`. */
  arch: z.string(),
  /** Key of calibration data: `hopper`, `blackwell`, `ampere`, `cdna3`, ... */
  generation: z.string(),
  year: z.int(),
  status: z.string(),
  memory: z.strictObject({
    /** On the package, as the datasheet counts it. */
    nominal: figureSchema,
    /** As the driver reports it (nvidia-smi total). */
    reported: figureSchema,
    /** What a CUDA program sees, where somebody logged it. */
    cudaVisible: figureSchema.optional(),
    type: z.string(),
    bandwidth: figureSchema,
    busWidthBits: figureSchema.optional(),
    /** Effective data rate per pin, bits/s: bus / 8 x this = bandwidth. */
    pinRate: figureSchema.optional(),
    /** The pin rate was published, not derived from the bandwidth: only then is the product a check. */
    pinRatePublished: z.boolean().optional(),
  }),
  /** Dense peak FLOP/s (OP/s for int8) by arithmetic; absent: the unit does not exist. */
  flops: z.strictObject({
    fp32: figureSchema.optional(),
    tf32: figureSchema.optional(),
    fp16: figureSchema.optional(),
    bf16: figureSchema.optional(),
    fp8: figureSchema.optional(),
    int8: figureSchema.optional(),
    fp4: figureSchema.optional(),
  }),
  /** Best matrix product anyone measured, FLOP/s: the ceiling of compute efficiency. */
  measured: z.strictObject({ bf16: figureSchema.optional(), fp8: figureSchema.optional() }).optional(),
  scaleUp: z
    .strictObject({
      kind: z.string(),
      topology: z.enum(['switch', 'mesh', 'bridge', 'torus', 'ring', 'pcie']),
      /** Per GPU and direction, to all peers together, bytes/s. */
      bandwidth: figureSchema,
      /** To one peer, where a mesh or bridge gives less. */
      pairBandwidth: figureSchema.optional(),
      /** GPUs reachable over it. */
      domain: z.int().positive(),
    })
    .optional(),
  /** Network per GPU and direction, bytes/s (a node may override it). */
  scaleOut: figureSchema.optional(),
  /** Host link per direction, bytes/s. */
  pcie: figureSchema.optional(),
  power: z.strictObject({
    tdp: figureSchema.optional(),
    /** Node power over the sum of its GPUs' TDP. */
    systemFactor: figureSchema,
  }),
  /** Dollars per GPU-hour to rent: dated, indicative; a study overrides it. */
  price: z.strictObject({ low: figureSchema, high: figureSchema, median: figureSchema.optional() }).optional(),
  sources: z.record(z.string(), sourceSchema),
  notes: z.string().optional(),
})
export type Gpu = z.infer<typeof gpuSchema>
