import type { Fill } from './fill.ts'
import type { LayoutMemory } from './layout.ts'

/** Bytes on the fullest GPU of the fullest pipeline stage, by kind. */
export interface MemoryTerms {
  readonly weights: number
  /** Of the running requests at full length, in whole blocks, as far as the cache goes. */
  readonly kv: number
  /** Recurrent state of the running requests. */
  readonly state: number
  readonly activations: number
  readonly graphs: number
  readonly nonTorch: number
  readonly communication: number
  /** Left unused by the engine's policy. */
  readonly reserve: number
}

/** Terms with `running` requests on the GPU's attention-DP rank. */
export function termsOf(layout: LayoutMemory, { stage, activations, reserve, budget }: Fill, running: number): MemoryTerms {
  const { state, kv } = stage.request
  const block = (kv.full / layout.lengths.full) * layout.block
  const cache = block === 0 ? 0 : Math.floor((budget - running * state) / block) * block
  return {
    weights: stage.weights,
    // A request that does not fit shows what it lacks.
    kv: Math.min(running * kv.full, Math.max(kv.full, cache)),
    state: running * state,
    activations,
    graphs: layout.engine.graphs,
    nonTorch: layout.nonTorch,
    communication: layout.communication,
    reserve: Math.max(0, reserve),
  }
}
