import { draftModule } from '../../spaces/draft-module.ts'
import { type CacheWidth, layerCacheBytes } from '../../spaces/kv.ts'
import type { Model } from '../../spaces/model.ts'
import type { ColocatedPlan, Layout } from '../../spaces/plan.ts'
import { longestRequest } from '../../spaces/workload.ts'
import type { Scenario } from '../scenario.ts'
import { meanContext } from '../serve/load.ts'
import { requestMoments } from '../serve/moments.ts'
import { heldTokens } from '../serve/occupancy.ts'
import type { Stage } from './stages.ts'

/** How much of a running request is looked at, in tokens of KV. */
export interface Lengths {
  /** Longest prompt and output (the mean where there is no longest), in whole blocks: what must fit. */
  readonly full: number
  /** Held on average while it runs, its last block half full. */
  readonly mean: number
  /** Kept from others by the engine's admission rule: held now, and what it reserves of the output to come. */
  readonly reserved: number
  /** Mean context in whole blocks: the length at which tokens of capacity are counted. */
  readonly counted: number
}

/** Bytes of one request on the fullest rank of a stage. */
export interface SequenceBytes {
  /** Recurrent state, whatever the length. */
  readonly state: number
  /** KV by length. */
  readonly kv: Lengths
}

export function requestLengths({ workload, engine }: Scenario, plan: ColocatedPlan): Lengths {
  const block = blockSpan(engine.memory.blockTokens, plan.layout)
  const drafts = plan.speculation?.depth ?? 0
  const request = { ...requestMoments(workload), blockTokens: block, scheduler: engine.scheduler }
  const longest = longestRequest(workload)
  return {
    full: inBlocks(longest.isl + longest.osl + drafts, block),
    mean: heldTokens({ ...request, scheduler: { admission: 'reserve-prompt' } }) + drafts,
    reserved: heldTokens(request) + drafts,
    counted: inBlocks(meanContext(request), block),
  }
}

export function sequenceBytes(model: Model, plan: ColocatedPlan, lengths: Lengths, stage: Stage): SequenceBytes {
  const width = cacheWidth(plan.layout)
  const layers = stage.counts.flatMap((count, group) => (count === 0 ? [] : [{ count, layer: model.layerGroups[group]! }]))
  const module = stage.last ? draftModule(model, plan.speculation) : undefined
  const drafts = module === undefined ? [] : [{ count: module.layers, layer: module.layer }]
  const at = (tokens: number) =>
    [...layers, ...drafts].reduce((sum, { count, layer }) => sum + count * layerCacheBytes(layer, tokens, plan.precision.kv, width), 0)
  const state = at(0)
  const kv = (tokens: number) => at(tokens) - state
  return { state, kv: { full: kv(lengths.full), mean: kv(lengths.mean), reserved: kv(lengths.reserved), counted: kv(lengths.counted) } }
}

/** Tokens of a context that one block on each rank holds: ranks that share a context by tokens hold a part of each block's worth. */
export function blockSpan(blockTokens: number, layout: Layout): number {
  const { dcp, sp = 1 } = cacheWidth(layout)
  return blockTokens * dcp * sp
}

function inBlocks(tokens: number, block: number): number {
  return Math.ceil(tokens / block) * block
}

/**
 * How ranks share the cache. Ring keeps a prompt's tokens where they were computed; all-to-all keeps whole contexts of a share of the
 * heads; all-gather leaves every rank with all of it.
 */
function cacheWidth({ tp, dcp, sp, spKind }: Layout): CacheWidth {
  if (spKind === 'ring') return { tp, dcp, sp }
  return { tp: spKind === 'all-to-all' ? tp * sp : tp, dcp }
}
