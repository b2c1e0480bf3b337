import { z } from 'zod'

/**
 * Who gives a request its first token: the prefill worker as soon as it has computed it; the decode worker, to which it comes with the KV;
 * or the decode worker, which computes it again from the last prompt token.
 */
export const firstTokens = ['prefill', 'forwarded', 'recomputed'] as const
export type FirstToken = (typeof firstTokens)[number]

/** How an engine moves the KV of a prompt from a prefill worker to a decode worker. */
export const connectorSchema = z.strictObject({
  firstToken: z.enum(firstTokens),
  /** Attention TP of the two sides, of caches with several KV heads: the same, one a multiple of the other, or any. A latent fits any. */
  tpRatio: z.enum(['equal', 'multiple', 'any']),
  /** Pipeline stages: none on either side, the same number on both, or any. */
  pipeline: z.enum(['none', 'equal', 'any']),
  /** What is sent as soon as it is computed: whole prompts, chunks of them, or single layers. */
  sends: z.enum(['prompt', 'chunk', 'layer']),
  /** Every decode rank pulls what it keeps, copies of the same KV included; false: a worker pulls each byte once and copies it inside. */
  pullsCopies: z.boolean(),
  /** Share of the links' bandwidth that transfers reach. */
  bandwidthShare: z.number().positive().max(1),
  /** Seconds of a transfer that do not depend on its bytes: handshake, memory descriptors, polling. */
  latency: z.number().nonnegative(),
})
export type Connector = z.infer<typeof connectorSchema>
