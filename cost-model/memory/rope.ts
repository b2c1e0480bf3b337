import type { Attention } from '../../spaces/attention/index.ts'
import type { Model } from '../../spaces/model.ts'
import { format } from '../../spaces/precision.ts'

/**
 * Bytes of the table of cosines and sines that every GPU holds once for all layers of a stage: position x rotated width, in bf16 (vLLM
 * start-up log of Qwen3-8B-FP8: 40,960 x 128 x 2 on top of the checkpoint). Models with learned positions rotate nothing.
 */
export function ropeBytes(model: Model): number {
  if (model.learnedPositions) return 0
  const width = Math.max(...model.layerGroups.map(({ attn }) => rotatedWidth(attn)))
  return model.maxPosition * width * format('bf16').bytes
}

function rotatedWidth(attn: Attention): number {
  if ('qkRope' in attn) return attn.qkRope
  return attn.kind === 'gqa' ? attn.headDim : 0
}
