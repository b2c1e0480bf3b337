import type { Attention } from '../../spaces/attention/index.ts'
import type { Ffn } from '../../spaces/ffn/index.ts'
import type { LayerGroup } from '../../spaces/model.ts'
import { layerTensors } from '../../spaces/parameters.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import type { Op } from '../graph.ts'
import { type Draft, gatherShares, newDraft, norms, type Site } from './draft.ts'
import { dsv4Block } from './dsv4.ts'
import { gqaBlock } from './gqa.ts'
import { mlaBlock } from './mla.ts'
import { mlpBlock } from './mlp.ts'
import { moeBlock } from './moe.ts'
import { recurrentBlock } from './recurrent.ts'

type Block<Part> = (draft: Draft, part: Part, tensors: readonly Tensor[]) => void

function nothing(): void {}

/** Registry: one row per kind of token mixer. */
const attentionBlocks: { readonly [K in Attention['kind']]: Block<Extract<Attention, { kind: K }>> } = {
  gqa: gqaBlock,
  mla: mlaBlock,
  dsv4: dsv4Block,
  gdn: recurrentBlock,
  kda: recurrentBlock,
  mamba1: recurrentBlock,
  mamba2: recurrentBlock,
  lightning: recurrentBlock,
  none: nothing,
}

/** Registry: one row per kind of feed-forward part. */
const ffnBlocks: { readonly [K in Ffn['kind']]: Block<Extract<Ffn, { kind: K }>> } = { dense: mlpBlock, moe: moeBlock, none: nothing }

/** Ops of one layer. Its norms are spread over its parts, the first part first. */
export function layerOps(site: Site, group: LayerGroup): readonly Op[] {
  const { attn, ffn } = group
  const tensors = layerTensors(site.model, group)
  const draft = newDraft(site)
  const before = ffn.kind === 'none' ? group.norms : attn.kind === 'none' ? 0 : Math.ceil(group.norms / 2)
  norms(draft, 'attn.norm', before)
  if (attn.kind !== 'none') gatherShares(draft, 'attn.tokens')
  ;(attentionBlocks[attn.kind] as Block<Attention>)(draft, attn, tensors)
  norms(draft, 'ffn.norm', group.norms - before)
  ;(ffnBlocks[ffn.kind] as Block<Ffn>)(draft, ffn, tensors)
  return draft.ops
}
