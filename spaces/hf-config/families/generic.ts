import { gqa, qkNormIf } from '../attention/gqa.ts'
import { mla } from '../attention/mla.ts'
import { dense } from '../ffn/dense.ts'
import { expertSizeIsFfnSize, moe, sharedExperts, sharedSize } from '../ffn/moe.ts'
import { behindFirstDense, sparseWhere } from '../ffn/which.ts'
import { type HfConfig, maybeInt } from '../fields.ts'
import { windowByType } from '../windows.ts'
import type { Family } from './family.ts'

const plain = gqa({ qkNorm: qkNormIf('use_qk_norm', 'perHead'), window: windowByType })
const sparse = moe({ intermediate: expertSizeIsFfnSize, shared: (config, layer) => sharedSize(config) ?? sharedExperts(config, layer) })

/** Model types nobody described: attention and FFN as the keys that are there suggest. */
export const genericFamily: Family = {
  modelTypes: [],
  attention: (config, layer) => (maybeInt(config, 'kvLoraRank') === undefined ? plain(config, layer) : mla(config)),
  ffn: sparseWhere((config, layer) => hasExperts(config) && behindFirstDense(config, layer), sparse, dense()),
}

function hasExperts(config: HfConfig): boolean {
  return maybeInt(config, 'experts') !== undefined
}
