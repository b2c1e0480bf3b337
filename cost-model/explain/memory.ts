import type { Model } from '../../spaces/model.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { alikeStages } from '../memory/stages.ts'
import type { MemoryTerms } from '../memory/terms.ts'
import { type LayoutMemory, memoryAt, stageTermsAt } from '../memory.ts'
import { stageLayers } from '../pipeline.ts'
import type { MemoryExplanation } from './explanation.ts'

/** Every stage's memory; the plan need not fit. */
export function memoryExplanation(model: Model, layoutMemory: LayoutMemory, plan: ColocatedPlan): MemoryExplanation {
  const memory = memoryAt(layoutMemory, plan)
  const { pp } = plan.layout
  const byStage = stageTermsAt(layoutMemory, plan)
  const layers = stageLayers(
    model.layerGroups.reduce((sum, { count }) => sum + count, 0),
    pp,
  )
  return {
    stages: alikeStages(model, pp).map((alike, stage) => ({ stage, layers: layers[stage]!, terms: byStage.get(alike)! })),
    fullest: memory.stage,
    capacity: memory.capacity.bytes,
    capacityBasis: memory.capacity.basis,
    headroom: memory.headroom,
    kvCapacityTokens: memory.kvCapacityTokens,
    largestBatch: memory.largestBatch,
    binds: memory.verdict === null ? largest(memory.terms) : termOf(memory.verdict.code),
    verdict: memory.verdict?.message ?? null,
  }
}

/** What an engine keeps free by policy does not bind: it is what the others leave. */
function largest(terms: MemoryTerms): keyof MemoryTerms {
  return names(terms)
    .filter((name) => name !== 'reserve')
    .reduce((most, name) => (terms[name] > terms[most] ? name : most))
}

function names(terms: MemoryTerms): (keyof MemoryTerms)[] {
  return Object.keys(terms) as (keyof MemoryTerms)[]
}

/** `memory-non-torch` -> `nonTorch`. */
function termOf(code: string): keyof MemoryTerms {
  return code.replace(/^memory-/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof MemoryTerms
}
