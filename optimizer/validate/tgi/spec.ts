import { z } from 'zod'
import { readExpected } from '../measure.ts'

/** Calls of lightllm's layers that seed 004 timed, with what it left out: `attention` is the context or the token kernel, by phase. */
export const categories = ['all_reduce', '_get_qkv', '_ffn', 'attention', 'cache', '_get_o', 'norms', 'head', 'launch'] as const
export type Category = (typeof categories)[number]

/** Steps that are timed: one prompt, the prompts of all clients, a token of each. */
export const steps = ['prefill', 'burst', 'decode'] as const
export type Step = (typeof steps)[number]

const count = z.int().positive()
const category = z.enum(categories)

/** Sum (`of`) or smallest (`least`) of categories, as a share of the step or in seconds, of a configuration that differs in what is named. */
const term = z
  .strictObject({
    of: z.union([z.tuple([z.literal('all')]), z.array(category)]).optional(),
    least: z.array(category).optional(),
    seconds: z.boolean().default(false),
    times: z.number().positive().default(1),
    gpu: z.string().optional(),
    tp: count.optional(),
    step: z.enum(steps).optional(),
  })
  .refine(({ of, least }) => (of === undefined) !== (least === undefined), 'needs either of or least')
export type Term = z.infer<typeof term>

const statement = z
  .strictObject({
    id: z.string(),
    says: z.string(),
    over: z.strictObject({ gpus: z.array(z.string()).optional(), tps: z.array(count).optional(), steps: z.array(z.enum(steps)) }),
    chain: z.array(z.union([z.number(), term])).min(2),
    checked: z.boolean().default(false),
    why: z.string().optional(),
  })
  .refine(({ checked, why }) => checked || why !== undefined, 'a statement that need not hold says why')
export type Statement = z.infer<typeof statement>

const specSchema = z.strictObject({
  source: z.string(),
  date: z.string(),
  study: z.string(),
  gpus: z.array(z.string()),
  tps: z.array(count),
  clients: count,
  prompts: z.strictObject({ prefill: count, burst: count }),
  statements: z.array(statement),
})
export type Spec = z.infer<typeof specSchema>

export function readSpec(): Spec {
  return readExpected('tgi.yaml', specSchema)
}
