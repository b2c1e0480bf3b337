import type { LayoutMemory, StageMemory } from './layout.ts'
import { reservedBytes } from './policy.ts'
import type { Lengths } from './sequence.ts'

/** The fullest GPU of one stage at a given chunk, before requests come. Bytes. */
export interface Fill {
  readonly stage: StageMemory
  readonly activations: number
  /** Left unused by the engine; negative: it hands out more than there is. */
  readonly reserve: number
  /** Left for KV and state; negative: the rest alone does not fit. */
  readonly budget: number
}

export function fillStages(layout: LayoutMemory, chunk: number): readonly Fill[] {
  return layout.stages.map((stage) => fillStage(layout, stage, chunk))
}

/** The stage that holds the fewest requests at full length; where the rest does not fit, the one that lacks most. */
export function fullestOf(fills: readonly Fill[]): Fill {
  return fills.reduce((fullest, fill) => (room(fill) < room(fullest) ? fill : fullest))
}

function fillStage(layout: LayoutMemory, stage: StageMemory, chunk: number): Fill {
  const { engine, pool, nonTorch, communication, gpus } = layout
  const { graphs } = engine
  const capacity = pool.memory.bytes
  const activations = Math.ceil(Math.max(layout.forwardPerToken * chunk, stage.sampler))
  const fixed = stage.weights + activations + graphs + nonTorch + communication
  const reserve = Math.ceil(reservedBytes(engine, { capacity, fixed, activations, graphs, communication, chunk, gpus }))
  const left = capacity - fixed - reserve
  // Blocks that are pinned win over what the policy would hand out; what is not there they cannot have.
  const pinned = engine.blocks === undefined ? undefined : Math.ceil(engine.blocks * blockBytes(layout, stage))
  if (pinned === undefined || fixed > capacity) return { stage, activations, reserve, budget: left }
  return { stage, activations, reserve: capacity - fixed - pinned, budget: pinned }
}

/** Of one KV block on each rank of a stage, at the length at which tokens of capacity are counted; state beside it. */
function blockBytes({ block, lengths }: LayoutMemory, { request }: StageMemory): number {
  return ((request.state + request.kv.counted) * block) / lengths.counted
}

function room({ stage, budget }: Fill): number {
  if (budget < 0) return budget
  const bytes = stage.request.state + stage.request.kv.full
  return bytes === 0 ? Number.POSITIVE_INFINITY : budget / bytes
}

/** Requests that every stage holds at once on one attention-DP rank, each counted at one of its lengths. */
export function requestsThatFit(fills: readonly Fill[], length: keyof Lengths): number {
  let least = Number.POSITIVE_INFINITY
  for (const { stage, budget } of fills) {
    const bytes = stage.request.state + stage.request.kv[length]
    if (bytes > 0) least = Math.min(least, Math.floor(budget / bytes))
    else if (budget < 0) least = 0
  }
  return Math.max(0, least)
}
