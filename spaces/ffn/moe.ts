import { z } from 'zod'
import { type Tensor, vector } from '../tensor.ts'
import type { FfnKind } from './kind.ts'
import { mlpTensors } from './mlp.ts'

const schema = z
  .strictObject({
    kind: z.literal('moe'),
    experts: z.int().positive(),
    topK: z.int().positive(),
    /** Experts in `count` equal groups, in order: a token's experts come from the `limit` groups that score highest (DeepSeek-V2, -V3). */
    groups: z.strictObject({ count: z.int().min(2), limit: z.int().positive() }).optional(),
    /** Width of one routed expert. */
    intermediate: z.int().positive(),
    gated: z.boolean(),
    /** Width of all shared experts together. */
    sharedIntermediate: z.int().positive().optional(),
    /** One logit that scales the shared expert (Qwen). */
    sharedGate: z.boolean().optional(),
    /** One bias per expert in the router (load balancing). */
    routerBias: z.boolean().optional(),
    /** Biases inside the routed experts (gpt-oss). */
    expertBias: z.boolean().optional(),
    /** Width that tokens are projected to before they are dispatched: routed experts work on it instead of the hidden size. */
    latent: z.int().positive().optional(),
    latentNorm: z.boolean().optional(),
    /** The router looks experts up by token id: a table of vocabulary x topK (DeepSeek-V4's first layers). */
    hashTableVocab: z.int().positive().optional(),
    /** A dense MLP of this width runs beside the experts in the same layer (Gemma-4). */
    parallelDenseIntermediate: z.int().positive().optional(),
    /** Further scales of the router. */
    routerExtra: z.int().positive().optional(),
  })
  .refine(({ experts, topK }) => topK <= experts, 'topK must not exceed experts')
  .refine(({ experts, groups }) => groups === undefined || experts % groups.count === 0, 'groups must divide the experts')
  .refine(({ groups }) => groups === undefined || groups.limit < groups.count, 'groups.limit must be below groups.count')
  .refine(
    ({ experts, topK, groups }) => groups === undefined || topK * groups.count <= experts * groups.limit,
    'groups hold too few experts',
  )
export type Moe = z.infer<typeof schema>

export const moe = {
  kind: 'moe',
  schema,
  tensors: (f, hidden) => [...routerTensors(f, hidden), ...expertTensors(f, hidden), ...besideTensors(f, hidden)],
} satisfies FfnKind<Moe>

/** Router and latent projections: every rank routes its own tokens, so all of them hold these whole. */
function routerTensors(f: Moe, hidden: number): readonly Tensor[] {
  const whole = { component: 'router', axis: 'none', side: 'out', units: 1 } as const
  return [
    { name: 'router', out: f.experts, in: hidden, bias: f.routerBias ? f.experts : 0, ...whole },
    ...(f.routerExtra ? [vector('router_scales', 'router', f.routerExtra)] : []),
    ...(f.hashTableVocab ? [{ name: 'router_table', out: f.hashTableVocab, in: f.topK, ...whole }] : []),
    ...(f.latent
      ? [
          { name: 'latent_down_proj', out: f.latent, in: hidden, ...whole },
          { name: 'latent_up_proj', out: hidden, in: f.latent, ...whole },
        ]
      : []),
    ...(f.latent && f.latentNorm ? [vector('latent_norm', 'router', f.latent)] : []),
  ]
}

function expertTensors(f: Moe, hidden: number): readonly Tensor[] {
  return mlpTensors({
    prefix: 'experts.',
    component: 'routedExperts',
    axis: 'expert',
    hidden: f.latent ?? hidden,
    intermediate: f.intermediate,
    gated: f.gated,
    bias: f.expertBias,
    copies: f.experts,
  })
}

/** MLPs that every token passes beside its routed experts. */
function besideTensors(f: Moe, hidden: number): readonly Tensor[] {
  const { gated, sharedIntermediate: shared, parallelDenseIntermediate: parallel } = f
  const gate = { component: 'sharedExperts', out: 1, in: hidden, axis: 'none', side: 'out', units: 1 } as const
  return [
    ...(shared
      ? mlpTensors({ prefix: 'shared_expert.', component: 'sharedExperts', axis: 'dense', hidden, intermediate: shared, gated })
      : []),
    ...(shared && f.sharedGate ? [{ name: 'shared_expert_gate', ...gate }] : []),
    ...(parallel ? mlpTensors({ prefix: '', component: 'denseMlp', axis: 'dense', hidden, intermediate: parallel, gated }) : []),
  ]
}
