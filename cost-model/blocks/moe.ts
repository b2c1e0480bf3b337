import type { Moe } from '../../spaces/ffn/moe.ts'
import { stageGpus } from '../../spaces/plan.ts'
import { format } from '../../spaces/precision.ts'
import { rankShape, type Tensor } from '../../spaces/tensor.ts'
import { tokenShards } from '../mesh.ts'
import { arithmetic, compute, cut, type Draft, exchange, goTo, join, type Mark, mark, pick, product, sum } from './draft.ts'
import { mlpProducts } from './mlp.ts'
import { gatherTokens, reduceTokens, returnTokens, shareTokens } from './transition.ts'

/**
 * Mixture of experts: router, tokens to the experts, experts of the slowest rank, results back; shared experts beside them.
 * Ranks that hold different tokens exchange them with the ranks of the chosen experts (all-to-all) where experts are whole; where
 * they are cut by moeTp, or where all ranks of the group hold the same tokens, every rank computes its part for all of them and sums.
 */
export function moeBlock(draft: Draft, f: Moe, tensors: readonly Tensor[]): void {
  const { layout, model } = draft.site
  const home = mark(draft)
  // Routing and what follows it in the group start once every sequence shard has arrived.
  const why = layout.sp > 1 ? 'sync' : 'data'
  // The shared expert's gate is one more column of the same product.
  const router = pick(tensors, 'router', 'shared_expert_gate')
  product(draft, 'moe.router', router, 1)
  compute(draft, { kind: 'route', name: 'moe.route', dims: { experts: f.experts, topK: f.topK } }, draft.at, why)
  product(draft, 'moe.latent_down', pick(tensors, 'latent_down_proj'), 1)
  const group = layout.ep * layout.moeTp
  const exchanged = layout.ep > 1 && layout.moeTp === 1 && stageGpus(layout) / tokenShards(draft.at) < group
  const beside = besides.filter(({ prefix }) => pick(tensors, `${prefix}up_proj`).length > 0)
  // Partial sums of the same tokens over the same ranks need one exchange.
  const together = !exchanged && f.latent === undefined && group === layout.ffnTp && group > 1
  const apart = () => beside.map((mlp) => runBeside(draft, home, mlp, tensors))
  const early = exchanged ? dispatchExperts(draft, f, tensors, apart) : []
  if (!exchanged) sumExperts(draft, f, tensors, group, together ? beside : [])
  // Nor does what follows start before every shard's tokens are back.
  if (layout.sp > 1) compute(draft, { kind: 'pointwise', name: 'moe.sync', dims: { read: 0, write: 0 } }, draft.at, 'sync')
  product(draft, 'moe.latent_up', pick(tensors, 'latent_up_proj'), 1)
  for (const { name, done } of exchanged ? early : together ? [] : apart()) {
    join(draft, done)
    compute(draft, { kind: 'pointwise', name: `${name}.add`, dims: { read: 2 * model.hidden, write: model.hidden } })
  }
}

/** MLPs that every token passes beside its routed experts. */
interface Beside {
  readonly name: string
  readonly prefix: string
}

const besides: readonly Beside[] = [
  { name: 'shared', prefix: 'shared_expert.' },
  { name: 'dense', prefix: '' },
]

/**
 * All-to-all over whole experts: each token goes once to every rank that has one of its experts, and comes back as that rank's sum. What
 * runs `meanwhile` is issued behind the dispatch, so that an engine may run it beside.
 */
function dispatchExperts<T>(draft: Draft, f: Moe, tensors: readonly Tensor[], meanwhile: () => T): T {
  const { layout, precision, model } = draft.site
  const elements = f.latent ?? model.hidden
  const visit = shareTokens(draft, 'moe', layout.ep)
  const parts = mark(draft)
  const dims = { elements, topK: f.topK, experts: f.experts, redundant: layout.redundantExperts }
  const over = { group: { axis: 'ep', size: layout.ep, stride: 1 }, dims, groups: f.groups }
  exchange(draft, { kind: 'all-to-all', pattern: 'dispatch', name: 'moe.dispatch', format: dispatchFormat(draft), ...over }, 'expert')
  const result = meanwhile()
  draft.rows = { scope: 'stage', share: 1 / layout.moeDp }
  experts(draft, f, tensors, draft.at)
  draft.rows = parts.rows
  exchange(draft, { kind: 'all-to-all', pattern: 'combine', name: 'moe.combine', format: precision.comm, ...over }, parts.at)
  returnTokens(draft, 'moe', visit, elements)
  return result
}

/** Every rank of the group computes its part for all tokens of the group; the parts are summed. */
function sumExperts(draft: Draft, f: Moe, tensors: readonly Tensor[], width: number, beside: readonly Beside[]): void {
  const elements = f.latent ?? draft.site.model.hidden
  const visit = gatherTokens(draft, 'moe', width, elements)
  const all = mark(draft)
  draft.rows = { scope: 'stage', share: 1 / draft.site.layout.moeDp }
  experts(draft, f, tensors, cut(draft, width, 'partial'))
  for (const { name, prefix } of beside) {
    const sofar = mark(draft)
    goTo(draft, all)
    mlpProducts(draft, name, prefix, tensors, width)
    join(draft, sofar)
  }
  draft.rows = all.rows
  reduceTokens(draft, 'moe', visit, width, elements)
}

function experts(draft: Draft, f: Moe, tensors: readonly Tensor[], out: Draft['at']): void {
  const { layout, model } = draft.site
  const own = tensors.filter((t) => t.axis === 'expert')
  const weight = sum(own.map((t) => rankShape(t, layout.moeTp)[0] * rankShape(t, layout.moeTp)[1]))
  const width = f.latent ?? model.hidden
  const dims = { experts: f.experts, redundant: layout.redundantExperts, topK: f.topK, ranks: layout.ep, in: width, out: width, weight }
  const over = { group: { axis: 'ep', size: layout.ep, stride: layout.moeTp }, groups: f.groups }
  compute(draft, { kind: 'expert', name: 'moe.experts', dims, ...over, ...arithmetic(draft.site, 'routedExperts') }, out)
}

/** Shared experts, or a dense MLP in the same layer: they see the same tokens as the router. Leaves the draft where it was. */
function runBeside(draft: Draft, home: Mark, { name, prefix }: Beside, tensors: readonly Tensor[]): { name: string; done: Mark } {
  const { layout, model } = draft.site
  const routed = mark(draft)
  goTo(draft, home)
  draft.beside = 'shared-expert'
  const visit = gatherTokens(draft, name, layout.ffnTp, model.hidden)
  mlpProducts(draft, name, prefix, tensors, layout.ffnTp)
  reduceTokens(draft, name, visit, layout.ffnTp, model.hidden)
  draft.beside = undefined
  const done = mark(draft)
  goTo(draft, routed)
  return { name, done }
}

/** Engines quantise before they dispatch: the narrower of the collectives' format and the experts' activations. */
function dispatchFormat({ site }: Draft): string {
  const { comm, activations } = site.precision
  return format(activations).bytes < format(comm).bytes ? activations : comm
}
