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
  const stages = allStages(model, pp)
  const first = firstAlike(stages)
  return stages.filter(({ index }) => first[index] === index)
}

/** For each stage of a model the first one of equal content. */
export function alikeStages(model: Model, pp: number): readonly number[] {
  return firstAlike(allStages(model, pp))
}

function firstAlike(stages: readonly Stage[]): readonly number[] {
  const contents = stages.map(({ counts, first, last }) => `${counts.join()}/${first}/${last}`)
  return contents.map((content) => contents.indexOf(content))
}

function allStages(model: Model, pp: number): readonly Stage[] {
  if (pp === 1) return [{ index: 0, counts: model.layerGroups.map((group) => group.count), first: true, last: true }]
  return stageRuns(model, pp).map((runs, index) => {
    const counts = model.layerGroups.map(() => 0)
    for (const { group, count } of runs) counts[group]! += count
    return { index, counts, first: index === 0, last: index === pp - 1 }
  })
}
