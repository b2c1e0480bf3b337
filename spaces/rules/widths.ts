import { storedFormats } from '../weights.ts'
import { cutTensors, cuttingWidth } from './cut-tensors.ts'
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

export const shardsKeepBlocks: Rule = {
  name: 'quantisation-block',
  why: 'Weights of a block share one scale, so a shard is made of whole blocks along the side that is cut.',
  needs: ['attention', 'experts', 'weights'],
  check: ({ model, plan }) => {
    for (const tensor of cutTensors(model)) {
      const name = cuttingWidth[tensor.axis]
      const width = plan.layout[name]
      const unitsOfRank = Math.ceil(tensor.units / width)
      if (unitsOfRank === tensor.units) continue
      const shard = (unitsOfRank * (tensor.side === 'out' ? tensor.out : tensor.in)) / tensor.units
      for (const [{ name: weights, block }, share] of storedFormats(model, plan.precision, tensor.component)) {
        const length = block?.[tensor.side === 'out' ? 0 : 1] ?? 1
        if (share === 0 || shard % length === 0) continue
        const message = `${tensor.name} cut over ${name} ${width} leaves shards ${shard} wide, which cut through the blocks of ${length} of ${weights}`
        return { message, numbers: { tensor: tensor.name, weights, block: length, shard, [name]: width } }
      }
    }
    return null
  },
}
