import type { Engine } from '../../spaces/engine.ts'
import type { Pool } from '../../spaces/fleet.ts'
import { type ColocatedPlan, replicaGpus, stageGpus } from '../../spaces/plan.ts'
import type { Scenario } from '../scenario.ts'
import { forwardBytesPerToken, samplerBytes } from './activations.ts'
import { ropeBytes } from './rope.ts'
import { blockSpan, type Lengths, requestLengths, type SequenceBytes, sequenceBytes } from './sequence.ts'
import { distinctStages } from './stages.ts'
import { stageWeights } from './weights.ts'

/** What the fullest GPU of a stage holds whatever the batch and the chunk. */
export interface StageMemory {
  readonly index: number
  readonly weights: number
  /** Sampling; 0 but on the last stage. */
  readonly sampler: number
  readonly request: SequenceBytes
}

/** Memory of a plan apart from its batch and chunk: computed once per layout and precision. Bytes per GPU. */
export interface LayoutMemory {
  readonly engine: Engine['memory']
  readonly pool: Pool
  readonly gpus: number
  readonly attentionDp: number
  /** Tokens of a context that one block on each rank holds. */
  readonly block: number
  readonly lengths: Lengths
  readonly nonTorch: number
  readonly communication: number
  readonly forwardPerToken: number
  /** One of each content. */
  readonly stages: readonly StageMemory[]
}

export function layoutMemory(scenario: Scenario, pool: Pool, plan: ColocatedPlan): LayoutMemory {
  const { model, engine } = scenario
  const { layout } = plan
  const lengths = requestLengths(scenario, plan)
  const weights = stageWeights(model, plan)
  const rope = ropeBytes(model)
  const sampler = samplerBytes(engine, pool.memory.bytes, model.vocab)
  const gpus = replicaGpus(layout)
  return {
    engine: engine.memory,
    pool,
    gpus,
    attentionDp: layout.attentionDp,
    block: blockSpan(engine.memory.blockTokens, layout),
    lengths,
    nonTorch: gpus > 1 ? engine.memory.nonTorch.group : engine.memory.nonTorch.single,
    communication: stageGpus(layout) > 1 ? engine.memory.commBuffers : 0,
    forwardPerToken: engine.memory.forwardFactor * forwardBytesPerToken(model, layout, engine.parallel.tensorSequence),
    stages: distinctStages(model, layout.pp).map((stage) => ({
      index: stage.index,
      weights: weights(stage) + rope,
      sampler: stage.last ? sampler : 0,
      request: sequenceBytes(model, plan, lengths, stage),
    })),
  }
}
