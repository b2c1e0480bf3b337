import type { Pool } from '../spaces/fleet.ts'
import type { ColocatedPlan } from '../spaces/plan.ts'
import type { Reason } from '../spaces/reason.ts'
import { type Fill, fillStages, fullestOf, requestsThatFit } from './memory/fill.ts'
import { type LayoutMemory, layoutMemory } from './memory/layout.ts'
import { type MemoryTerms, termsOf } from './memory/terms.ts'
import { verdictOf } from './memory/verdict.ts'
import type { Scenario } from './scenario.ts'

export { type LayoutMemory, layoutMemory } from './memory/layout.ts'

export interface Memory {
  readonly terms: MemoryTerms
  /** Bytes per GPU, and which figure that is. */
  readonly capacity: Pool['memory']
  /** Of the fullest GPU, for KV and state; negative where the rest alone does not fit. */
  readonly budget: number
  /** capacity - terms; negative by what a plan that does not fit lacks. */
  readonly headroom: number
  /** Pipeline stage of that GPU, from 0. */
  readonly stage: number
  /** Tokens of KV that one replica holds: exact in whole blocks where every token costs the same, else at the workload's mean context. */
  readonly kvCapacityTokens: number
  /** Requests of one replica that fit at once, all of them at full length. */
  readonly largestBatch: number
  /** Requests of one replica that hold KV at once: at their mean occupancy, and as the engine's admission counts them. Others wait. */
  readonly seats: { readonly mean: number; readonly reserved: number }
  /** Why the plan cannot run; null: it can, though requests beyond its seats wait. */
  readonly verdict: Reason | null
}

/** Memory of one plan of a scenario on a pool. */
export function memoryOf(scenario: Scenario, pool: Pool, plan: ColocatedPlan): Memory {
  return memoryAt(layoutMemory(scenario, pool, plan), plan)
}

/** As `memoryOf`, with what does not depend on batch and chunk computed before. The batch is dealt out over attention-DP ranks. */
export function memoryAt(layout: LayoutMemory, { batch, chunk }: Pick<ColocatedPlan, 'batch' | 'chunk'>): Memory {
  const fills = fillStages(layout, chunk)
  const fill = fullestOf(fills)
  const ranks = layout.attentionDp
  const reserved = requestsThatFit(fills, 'reserved')
  const terms = termsOf(layout, fill, running(layout, batch, reserved))
  return {
    terms,
    capacity: layout.pool.memory,
    budget: fill.budget,
    headroom: fill.budget + Math.min(0, fill.reserve) - terms.kv - terms.state,
    stage: fill.stage.index,
    kvCapacityTokens: ranks * capacityTokens(layout, fills),
    largestBatch: ranks * requestsThatFit(fills, 'full'),
    seats: { mean: ranks * requestsThatFit(fills, 'mean'), reserved: ranks * reserved },
    verdict: verdictOf(layout, fill, terms),
  }
}

/** Bytes by kind on the fullest GPU of each distinct stage, by the stage's index. */
export function stageTermsAt(
  layout: LayoutMemory,
  { batch, chunk }: Pick<ColocatedPlan, 'batch' | 'chunk'>,
): ReadonlyMap<number, MemoryTerms> {
  const fills = fillStages(layout, chunk)
  const requests = running(layout, batch, requestsThatFit(fills, 'reserved'))
  return new Map(fills.map((fill) => [fill.stage.index, termsOf(layout, fill, requests)]))
}

/** Requests on one attention-DP rank. */
function running({ attentionDp }: LayoutMemory, batch: number, reserved: number): number {
  return Math.max(1, Math.min(Math.ceil(batch / attentionDp), reserved))
}

/** Tokens that every stage holds on one attention-DP rank, in whole blocks. */
function capacityTokens({ block, lengths }: LayoutMemory, fills: readonly Fill[]): number {
  const blocks = fills.map(({ stage, budget }) => {
    const bytes = stage.request.state + stage.request.kv.counted
    return bytes === 0 ? Number.POSITIVE_INFINITY : Math.floor((Math.max(0, budget) * (lengths.counted / block)) / bytes)
  })
  return Math.min(...blocks) * block
}
