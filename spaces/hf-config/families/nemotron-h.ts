import type { Attention } from '../../attention/index.ts'
import type { Ffn } from '../../ffn/index.ts'
import { gqa } from '../attention/gqa.ts'
import { mamba2 } from '../attention/mamba.ts'
import { dense } from '../ffn/dense.ts'
import { moe, sharedSize } from '../ffn/moe.ts'
import { type HfConfig, int, layerList, maybeInt, maybeText, problem } from '../fields.ts'
import type { Family } from './family.ts'

type Block = 'mamba' | 'attention' | 'mlp' | 'moe'

/** Letters of `hybrid_override_pattern`. */
const letters: Readonly<Record<string, Block>> = { M: 'mamba', '*': 'attention', '-': 'mlp', E: 'moe' }

const experts = moe({ gated: false, shared: sharedSize, more: router })
const mlp = dense({ gated: false })

/** Nemotron-H: each block is a mixer or an FFN, never both. */
export const nemotronHFamily: Family = {
  modelTypes: ['nemotron_h'],
  layers: (config) => maybeInt(config, 'layers') ?? blocksOf(config)?.length ?? int(config, 'layers'),
  attention: (config, layer): Attention => {
    const block = blockOf(config, layer)
    if (block === 'mamba') return mamba2(config)
    return block === 'attention' ? gqa()(config, layer) : { kind: 'none' }
  },
  ffn: (config, layer): Ffn => {
    const block = blockOf(config, layer)
    if (block === 'moe') return experts(config, layer)
    return block === 'mlp' ? mlp(config) : { kind: 'none' }
  },
  // Its module is one attention block and one with experts.
  mtp: { attention: gqa(), ffn: experts },
}

function blockOf(config: HfConfig, layer: number): Block {
  const blocks = blocksOf(config)
  if (blocks === undefined) throw problem(config, 'layers_block_type', 'missing-key', 'is missing (also read from hybrid_override_pattern)')
  const block = blocks[layer]
  if (block !== undefined && Object.values(letters).includes(block as Block)) return block as Block
  throw problem(config, 'layers_block_type', 'unknown-value', `layer ${layer} is none of ${Object.values(letters).join(', ')}`)
}

function blocksOf(config: HfConfig): readonly string[] | undefined {
  const listed = layerList<string>(config, 'layers_block_type', 'string', 1)
  if (listed !== undefined) return listed
  const pattern = maybeText(config, 'hybrid_override_pattern')
  return pattern === undefined ? undefined : [...pattern].map((letter) => letters[letter] ?? letter)
}

function router(config: HfConfig) {
  const latent = maybeInt(config, 'latent')
  return { routerBias: true, ...(latent && { latent }) }
}
