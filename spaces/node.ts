import { z } from 'zod'
import { figureSchema, sourceSchema } from './figure.ts'

/** A server or tray: how its GPUs reach each other and the network. */
export const nodeSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  gpu: z.string(),
  gpusPerNode: z.int().positive(),
  /** GPUs joined by the scale-up link: may be 1 (PCIe only) or span several nodes (NVL72: 72). */
  scaleUpDomain: z.int().positive(),
  /** Per GPU and direction, bytes/s. */
  scaleUpBandwidth: figureSchema,
  /** Per GPU and direction, bytes/s; 0: no network. */
  scaleOutBandwidth: figureSchema,
  fabric: z.string(),
  /** Watts of the whole node under load. */
  power: figureSchema.optional(),
  sources: z.record(z.string(), sourceSchema),
  notes: z.string().optional(),
})
export type Node = z.infer<typeof nodeSchema>
