import { z } from 'zod'
import { figure, sourceSchema } from './figure.ts'

// Bounds that catch a forgotten unit (80 for 80 GiB), not ones that a chip could reach.
const memory = figure('bytes', { least: 2 ** 27, most: 2 ** 50 })
const bandwidth = figure('bytesPerSecond', { least: 1e7, most: 1e17 })
const flops = figure('flopPerSecond', { least: 1e9, most: 1e21 }).optional()
const watts = figure('watts', { most: 1e6 })
const dollars = figure('dollars', { most: 1e5 })

/** A GPU as its file says it: every figure with a source. SI base units: bytes, bytes/s, FLOP/s, watts. Dense peaks, never sparse. */
export const gpuSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  vendor: z.string().optional(),
  /** Chip family as the vendor writes it: `Hopper GH100`. */
  arch: z.string().optional(),
  /** Key of calibration data: `hopper`, `blackwell`, `ampere`, `cdna3`, ...; `unknown`: datasheet figures alone. */
  generation: z.string().default('unknown'),
  year: z.int().optional(),
  /** `GA`, `announced`, ... */
  status: z.string().optional(),
  memory: z
    .strictObject({
      /** On the package, as the datasheet counts it. */
      nominal: memory.optional(),
      /** As the driver reports it (nvidia-smi total). */
      reported: memory.optional(),
      /** What a CUDA program sees, where somebody logged it. */
      cudaVisible: memory.optional(),
      type: z.string().optional(),
      bandwidth,
      busWidthBits: figure('count').optional(),
      /** Effective data rate per pin, bits/s: bus / 8 x this = bandwidth. */
      pinRate: figure('bitsPerSecond', { least: 1e8, most: 1e13 }).optional(),
      /** The pin rate was published, not derived from the bandwidth: only then is the product a check. */
      pinRatePublished: z.boolean().optional(),
    })
    .refine((m) => (m.cudaVisible ?? m.reported ?? m.nominal) !== undefined, 'needs one of nominal, reported and cudaVisible'),
  /** Dense peak FLOP/s (OP/s for int8) by arithmetic; absent: the unit does not exist. */
  flops: z.strictObject({
    fp32: flops,
    tf32: flops,
    fp16: flops,
    bf16: flops,
    fp8: flops,
    int8: flops,
    fp4: flops,
  }),
  /** Streaming multiprocessors (compute units): what the work of a kernel is dealt out to; absent: as usual for the generation. */
  multiprocessors: figure('count', { least: 1, most: 1e5 }).optional(),
  /** Best matrix product anyone measured, FLOP/s: the ceiling of compute efficiency. */
  measured: z.strictObject({ bf16: flops, fp8: flops }).optional(),
  scaleUp: z
    .strictObject({
      /** As the vendor calls it: `NVLink4`. */
      kind: z.string().optional(),
      topology: z.enum(['switch', 'mesh', 'bridge', 'torus', 'ring', 'pcie']).default('switch'),
      /** Per GPU and direction, to all peers together, bytes/s. */
      bandwidth,
      /** To one peer, where a mesh or bridge gives less. */
      pairBandwidth: bandwidth.optional(),
      /** GPUs reachable over it. */
      domain: z.int().positive(),
    })
    .optional(),
  /** Network per GPU and direction, bytes/s (a node may override it). */
  scaleOut: bandwidth.optional(),
  /** Host link per direction, bytes/s. */
  pcie: bandwidth.optional(),
  /** GPUs of its usual server, where that is not the scale-up domain or eight. */
  gpusPerNode: z.int().positive().optional(),
  power: z
    .strictObject({
      tdp: watts.optional(),
      /** Node power over the sum of its GPUs' TDP. */
      systemFactor: figure('count', { least: 1, most: 10 }).optional(),
    })
    .default({}),
  /** Dollars per GPU-hour to rent: dated, indicative; a study overrides it. */
  price: z.strictObject({ low: dollars, high: dollars, median: dollars.optional() }).optional(),
  sources: z.record(z.string(), sourceSchema).default({}),
  notes: z.string().optional(),
})
export type Gpu = z.infer<typeof gpuSchema>
