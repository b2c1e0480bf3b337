import { attentionKind } from '../../spaces/attention/index.ts'
import { cutWidth } from '../../spaces/cut.ts'
import { type Engine, valueForMemory } from '../../spaces/engine.ts'
import { ffnKind } from '../../spaces/ffn/index.ts'
import type { LayerGroup, Model } from '../../spaces/model.ts'
import type { Layout } from '../../spaces/plan.ts'
import { format } from '../../spaces/precision.ts'
import { rankShape, type Tensor } from '../../spaces/tensor.ts'

/**
 * Bytes that a forward pass holds per token of a step: the block's input and its widest GEMM outputs (Q, K and V; gate and up), in bf16 on
 * the fullest rank. An engine's `forwardFactor` stands for the rest. Sequence shards each hold their part of the tokens; with Megatron
 * sequence parallelism TP ranks share out the block's input too.
 */
export function forwardBytesPerToken(model: Model, layout: Layout, tensorSequence = false): number {
  const widest = Math.max(...model.layerGroups.map((group) => blockWidth(model, group, layout)))
  return ((model.hidden / (tensorSequence ? layout.tp : 1) + widest) * format('bf16').bytes) / layout.sp
}

/** Elements per token: attention and FFN of a block do not live at the same time. */
function blockWidth({ hidden }: Model, { attn, ffn }: LayerGroup, layout: Layout): number {
  const mixer = outputs(attentionKind(attn).tensors(attn, hidden), layout)
  const tensors = ffnKind(ffn).tensors(ffn, hidden)
  const dense = outputs(
    tensors.filter((t) => t.copies === undefined),
    layout,
  )
  return Math.max(mixer, dense + (ffn.kind === 'moe' ? ffn.topK * expertWidth(tensors, layout) : 0))
}

/** Outputs of the projections that are cut by columns; vectors have none. */
function outputs(tensors: readonly Tensor[], layout: Layout): number {
  return tensors.reduce((sum, t) => sum + (t.side === 'out' && t.in > 1 ? rankShape(t, cutWidth(t.axis, layout))[0] : 0), 0)
}

/**
 * One routed copy of a token: gate and up, whose buffer the output of the expert then reuses. Kernels size it for every copy of the
 * rank's tokens, whichever experts it holds (vLLM fused_moe, intermediate_cache13).
 */
function expertWidth(tensors: readonly Tensor[], layout: Layout): number {
  const routed = tensors.filter((t) => t.copies !== undefined)
  const down = routed.find((t) => t.side === 'in')
  return Math.max(outputs(routed, layout), down?.out ?? 0)
}

/**
 * Bytes that sampling holds on the last stage, as a multiple of the logits of every sequence an engine profiles. Shards of the vocabulary
 * are gathered before sampling, so that TP does not divide them (H100, 1024 sequences: 4.76 GiB at a vocabulary of 128,256 and
 * 5.64 GiB at 151,936, whatever the hidden size).
 */
export function samplerBytes({ memory, scheduler }: Engine, gpuMemory: number, vocabulary: number): number {
  const sequences = Math.min(memory.profiledSequences, valueForMemory(scheduler.maxSequences, gpuMemory))
  return memory.logitsBytesPerEntry * sequences * vocabulary
}
