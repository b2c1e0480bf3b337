import { edgeTensors } from '../../spaces/parameters.ts'
import type { Op } from '../graph.ts'
import { compute, cut, exchange, gatherShares, newDraft, norms, pick, product, type Site, sumBlock } from './draft.ts'

/** Token embedding, cut by vocabulary: ranks without a token's row give zeros. */
export function embedOps(site: Site): readonly Op[] {
  // Every TP rank knows all token ids.
  const draft = newDraft({ ...site, tensorSequence: false })
  const { tp } = site.layout
  const { hidden } = site.model
  compute(draft, { kind: 'pointwise', name: 'embed', dims: { read: hidden, write: hidden } }, cut(draft, tp, 'partial'))
  sumBlock({ ...draft, site }, 'embed', tp)
  return draft.ops
}

/** Final norm, logits of the sequences that get a token, and its choice. */
export function headOps(site: Site): readonly Op[] {
  const draft = newDraft(site)
  const { tp } = site.layout
  const { vocab } = site.model
  gatherShares(draft, 'head.tokens')
  draft.rows = { scope: 'sampled', share: site.phase === 'prefill' ? 1 : draft.rows.share }
  norms(draft, 'head.norm', 1)
  const tensors = edgeTensors(site.model)
  const [head] = [...pick(tensors, 'lmHead'), ...pick(tensors, 'embed')]
  product(draft, 'head.logits', head ? [{ ...head, component: 'lmHead' }] : [], tp, cut(draft, tp, 'vocab'))
  const group = { axis: 'tp', size: tp, stride: 1 }
  exchange(draft, { kind: 'all-gather', name: 'head.gather', dims: { elements: vocab }, format: 'bf16', group }, 'replicated')
  compute(draft, { kind: 'sample', name: 'head.sample', dims: { vocab } })
  return draft.ops
}
