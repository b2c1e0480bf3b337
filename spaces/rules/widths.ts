import { cuttingWidth, cutWidth } from '../cut.ts'
import { rankShape } from '../tensor.ts'
import { storedFormats } from '../weights.ts'
import { cutTensors } from './cut-tensors.ts'
import type { Breach, Rule, RuleContext } from './rule.ts'

export const ffnWidthDivides: Rule = {
  name: 'ffn-width-divides',
  why: 'The intermediate width of a dense MLP (or shared expert) is cut evenly over its TP group.',
  needs: ['attention'],
  check: (context) => unevenWidth(context, 'dense'),
}

export const expertWidthDivides: Rule = {
  name: 'expert-width-divides',
  why: 'The intermediate width of a routed expert is cut evenly over moeTp ranks.',
  needs: ['experts'],
  check: (context) => unevenWidth(context, 'expert'),
}

function unevenWidth({ model, plan }: RuleContext, axis: 'dense' | 'expert'): Breach | null {
  const name = cuttingWidth[axis]
  const width = plan.layout[name]
  const tensor = cutTensors(model).find((t) => t.axis === axis && t.units % width !== 0)
  if (tensor === undefined) return null
  return {
    message: `the intermediate width ${tensor.units} (${tensor.name}) does not divide over ${name} ${width}`,
    numbers: { intermediate: tensor.units, [name]: width },
  }
}

/**
 * What vLLM and SGLang check when they load (recalled from their loaders): shards of MLPs, experts and single projections that cut through
 * a block of fp8 scales are errors (Qwen3-235B-FP8 with moeTp 8), and so are cut groups of int4. Not asked: experts in formats that are
 * padded; heads of a fused QKV that are longer than a block anyway (MiMo-V2-Flash, K of 192, whose makers serve it with attention TP 4);
 * gates and step sizes, a row or two per head, which checkpoints leave in 16 bits.
 */
export const shardsKeepBlocks: Rule = {
  name: 'quantisation-block',
  why: 'Weights of a block share one scale, so a shard is made of whole blocks along the side that is cut.',
  needs: ['attention', 'experts', 'weights'],
  check: ({ model, plan }) => {
    for (const tensor of cutTensors(model)) {
      const name = cuttingWidth[tensor.axis]
      const width = cutWidth(tensor.axis, plan.layout)
      const side = tensor.side === 'out' ? 0 : 1
      const [whole, shard] = [rankShape(tensor, 1)[side], rankShape(tensor, width)[side]]
      const unit = whole / tensor.units
      if (shard === whole || (tensor.axis === 'attention' && unit <= 2)) continue
      for (const [{ name: weights, block, paddedExperts }, share] of storedFormats(model, plan.precision, tensor.component)) {
        const length = block?.[side] ?? 1
        const padded = paddedExperts && tensor.axis === 'expert'
        if (share === 0 || shard % length === 0 || padded || (tensor.fused && unit > length)) continue
        const message = `${tensor.name} cut over ${name} ${width} leaves shards ${shard} wide, which cut through the blocks of ${length} of ${weights}`
        return { message, numbers: { tensor: tensor.name, weights, block: length, shard, [name]: width } }
      }
    }
    return null
  },
}
