import { z } from 'zod'
import { figure, sourceSchema } from './figure.ts'

const bandwidth = { least: 1e7, most: 1e17 }

/** A server or tray: how its GPUs reach each other and the network. */
export const nodeSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  gpu: z.string(),
  gpusPerNode: z.int().positive(),
  /** GPUs joined by the scale-up link: may be 1 (PCIe only) or span several nodes (NVL72: 72). */
  scaleUpDomain: z.int().positive(),
  /** Per GPU and direction, bytes/s. */
  scaleUpBandwidth: figure('bytesPerSecond', bandwidth),
  /** Per GPU and direction, bytes/s; 0: no network. */
  scaleOutBandwidth: figure('bytesPerSecond', { ...bandwidth, least: 0 }),
  /** Network ports of the node; together they give scaleOutBandwidth to each GPU. */
  nics: z.strictObject({ count: z.int().positive(), rate: figure('bitsPerSecond', { least: 1e8, most: 1e14 }) }).optional(),
  fabric: z.string().optional(),
  /** Watts of the whole node under load. */
  power: figure('watts', { most: 1e7 }).optional(),
  sources: z.record(z.string(), sourceSchema).default({}),
  notes: z.string().optional(),
})
export type Node = z.infer<typeof nodeSchema>
