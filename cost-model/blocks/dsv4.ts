import type { Dsv4 } from '../../spaces/attention/dsv4.ts'
import type { Tensor } from '../../spaces/tensor.ts'
import { arithmetic, compute, cut, type Draft, pick, product } from './draft.ts'
import { score } from './indexer.ts'
import { attend, cacheBytes, projectOut, shareKeys, updateCache } from './softmax.ts'
import { attentionWidths } from './widths.ts'

/** DeepSeek-V4: one shared K = V head, a window of recent tokens and compressed older ones, grouped output projection. */
export function dsv4Block(draft: Draft, a: Dsv4, tensors: readonly Tensor[]): void {
  const { layout, phase, precision } = draft.site
  const widths = attentionWidths(layout, phase, true)
  product(draft, 'attn.latents', pick(tensors, 'q_a_proj', 'kv_proj', 'compressor.kv_gate_proj'), 1)
  const width = a.qLoraRank + a.headDim
  compute(draft, { kind: 'pointwise', name: 'attn.latent_norm', dims: { read: width, write: width } })
  if (a.indexer) {
    product(draft, 'index.compress', pick(tensors, 'indexer.compressor.kv_gate_proj', 'indexer.weights_proj'), 1)
    product(draft, 'index.queries', pick(tensors, 'indexer.q_b_proj'), 1)
    score(draft, { heads: a.indexer.heads, dim: a.indexer.dim, bytes: a.indexer.dim + 4, every: a.compressRatio })
  }
  const bytes = cacheBytes(draft, a, widths)
  updateCache(draft, bytes)
  if (phase === 'prefill') shareKeys(draft, a.headDim)
  product(draft, 'attn.queries', pick(tensors, 'q_b_proj'), widths.project, cut(draft, widths.project, 'heads'))
  const head = { heads: Math.ceil(a.heads / widths.attend), qk: a.headDim, v: a.headDim }
  const older = a.compressRatio === 0 ? {} : { every: a.compressRatio, ...(a.indexer ? { top: a.indexer.topK } : {}) }
  attend(draft, 'attn.attention', head, widths, { family: 'mla', format: precision.kv, dims: { bytes, window: a.window, ...older } })
  groupedOutput(draft, a, widths.output)
  projectOut(draft, tensors, widths.output, 'o_b_proj')
}

/** Block-diagonal down-projection of the heads: each group's rows meet their own columns only. */
function groupedOutput(draft: Draft, a: Dsv4, width: number): void {
  const groups = Math.ceil(a.oGroups / width)
  const [each, rank] = [(a.heads * a.headDim) / a.oGroups, a.oLoraRank]
  const dims = { in: groups * each, out: groups * rank, weight: groups * each * rank }
  compute(draft, { kind: 'linear', name: 'attn.o_a_proj', dims, ...arithmetic(draft.site, 'attnOut') })
}
