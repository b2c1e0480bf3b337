import type { Model } from '../../spaces/model.ts'
import { stageRuns } from '../pipeline.ts'

/** What one pipeline stage holds: layers of each group, and the ends of the model. */
export interface Stage {
  readonly index: number
  /** Layers by group of the model. */
  readonly counts: readonly number[]
  /** Holds the embedding. */
  readonly first: boolean
  /** Holds the final norm and the head. */
  readonly last: boolean
}

/** Stages of a model, one of each distinct content, the first of equals: equal stages are equally full. */
export function distinctStages(model: Model, pp: number): readonly Stage[] {
  if (pp === 1) return [{ index: 0, counts: model.layerGroups.map((group) => group.count), first: true, last: true }]
  const seen = new Map<string, Stage>()
  for (const [index, runs] of stageRuns(model, pp).entries()) {
    const counts = model.layerGroups.map(() => 0)
    for (const { group, count } of runs) counts[group]! += count
    const stage = { index, counts, first: index === 0, last: index === pp - 1 }
    const content = `${counts.join()}/${stage.first}/${stage.last}`
    if (!seen.has(content)) seen.set(content, stage)
  }
  return [...seen.values()]
}
