import { at } from '../json.ts'
import { matcher } from './patterns.ts'
import { isInLayer, type QuantConfig, type Scheme } from './scheme.ts'
import { problem, texts } from './values.ts'

/** `quant_method: fp8`: one scale per block of 128 x 128, or per tensor; DeepSeek-V4 stores its routed experts in MXFP4 beside it. */
export function fp8(quant: QuantConfig): Scheme {
  const block = blockOf(quant)
  const fp4Experts = at(quant.config.values, 'expert_dtype') === 'fp4'
  const ue8m0 = at(quant.values, 'scale_fmt') === 'ue8m0'
  // Scales rounded to powers of two are stored in one byte by DeepSeek-V4, but still as fp32 by DeepSeek-V3.2.
  const format = block === undefined ? 'fp8' : ue8m0 && fp4Experts ? 'fp8-block-ue8m0' : 'fp8-block'
  const kept = matcher(texts(quant, 'modules_to_not_convert'))
  return {
    quantization: label(block, { fp4Experts, ue8m0 }),
    storedAs: (weight) => {
      if (!isInLayer(weight) || kept(weight.paths)) return undefined
      return { format: fp4Experts && weight.component === 'routedExperts' ? 'mxfp4' : format, activation: 'fp8' }
    },
  }
}

function blockOf(quant: QuantConfig): string | undefined {
  const block = at(quant.values, 'weight_block_size')
  if (block === undefined) return undefined
  if (!Array.isArray(block) || block.length !== 2 || !block.every((side) => Number.isInteger(side) && side > 0)) {
    throw problem(quant, 'weight_block_size', 'must be a list of two whole numbers')
  }
  const text = block.join('x')
  if (text !== '128x128') quant.config.warn(`fp8 blocks of ${text} are read as blocks of 128x128`)
  return text
}

function label(block: string | undefined, { fp4Experts, ue8m0 }: { readonly fp4Experts: boolean; readonly ue8m0: boolean }): string {
  if (block === undefined) return 'fp8 per tensor'
  if (fp4Experts) return 'fp8 block + MXFP4 experts'
  return `fp8 block ${block}${ue8m0 ? ' ue8m0 scales' : ''}`
}
