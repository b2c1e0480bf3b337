import type { Attention } from '../../attention/index.ts'
import type { Ffn } from '../../ffn/index.ts'
import { gqa } from '../attention/gqa.ts'
import { dense } from '../ffn/dense.ts'
import { type HfConfig, int, layerObjects, problem } from '../fields.ts'
import { at, shown } from '../json.ts'
import type { Family } from './family.ts'

/** Nemotron-NAS (DeciLM): a search gave every block its own attention and FFN, or none. */
export const nasFamily: Family = {
  modelTypes: ['nemotron-nas', 'deci'],
  attention: (config, layer): Attention => {
    const block = blockOf(config, layer)
    if (dropped(config, block, 'attention')) return { kind: 'none' }
    const heads = int(config, 'heads')
    return gqa({ kvHeads: () => kvHeads(config, heads, at(block, 'attention.n_heads_in_group')) })(config, layer)
  },
  ffn: (config, layer): Ffn => {
    const block = blockOf(config, layer)
    if (dropped(config, block, 'ffn')) return { kind: 'none' }
    return dense({ intermediate: () => width(config, at(block, 'ffn.ffn_mult')) })(config)
  },
  layerExtra: (config, layer) => {
    const block = blockOf(config, layer)
    const linear = ['attention', 'ffn'].filter((part) => at(block, `${part}.replace_with_linear`) === true).length
    return linear === 0 ? undefined : linear * int(config, 'hidden') ** 2
  },
}

function blockOf(config: HfConfig, layer: number) {
  return layerObjects(config, 'block_configs', int(config, 'layers'))[layer]!
}

function dropped(config: HfConfig, block: ReturnType<typeof blockOf>, part: 'attention' | 'ffn'): boolean {
  if (at(block, `${part}.replace_with_linear`) !== true) return at(block, `${part}.no_op`) === true
  config.warn(`${part} blocks that became one matrix are counted, but cost no time`)
  return true
}

function kvHeads(config: HfConfig, heads: number, group: unknown): number {
  if (typeof group === 'number' && Number.isInteger(group) && group > 0 && heads % group === 0) return heads / group
  throw problem(
    config,
    'block_configs',
    'out-of-range',
    `n_heads_in_group must be a number that divides ${heads} heads, not ${shown(group)}`,
  )
}

/** As the model's own code rounds it: two thirds of the multiple, up to the next 256. */
function width(config: HfConfig, multiple: unknown): number {
  if (typeof multiple === 'number' && multiple > 0 && multiple < 1e3) {
    return Math.ceil(Math.floor((2 * multiple * int(config, 'hidden')) / 3) / 256) * 256
  }
  throw problem(config, 'block_configs', 'out-of-range', `ffn_mult must be a number above zero, not ${shown(multiple)}`)
}
