import { expandLayers } from '../spaces/layer-order.ts'

/** Layers of each pipeline stage: where they do not divide, the first `layers mod pp` stages get one more. */
export function stageLayers(layers: number, pp: number): readonly number[] {
  const least = Math.floor(layers / pp)
  return Array.from({ length: pp }, (_, stage) => least + (stage < layers % pp ? 1 : 0))
}

export interface LayerRun {
  /** Number of its first layer in the model, from 0. */
  readonly layer: number
  readonly group: number
  readonly count: number
}

/** Runs of equal layers in each stage, in the order they run. */
export function stageRuns(model: { readonly layerOrder: string }, pp: number): readonly (readonly LayerRun[])[] {
  const layers = expandLayers(model)
  let first = 0
  return stageLayers(layers.length, pp).map((count) => {
    const own = layers.slice(first, first + count)
    first += count
    return runsOf(own, first - count)
  })
}

function runsOf(layers: readonly number[], first: number): readonly LayerRun[] {
  const runs: { layer: number; group: number; count: number }[] = []
  for (const [i, group] of layers.entries()) {
    const last = runs.at(-1)
    if (last?.group === group) last.count++
    else runs.push({ layer: first + i, group, count: 1 })
  }
  return runs
}

/** A step of one microbatch: its way through all stages, and the slowest stage. Seconds. */
interface Passage {
  readonly latency: number
  readonly period: number
}

/** Seconds between tokens of a request when `inFlight` <= pp microbatches fill the pipeline: as slow as one's way, or the slowest stage for all. */
export function decodeInterval({ latency, period }: Passage, inFlight: number): number {
  return Math.max(latency, inFlight * period)
}

/**
 * Seconds until the last of `microbatches` that follow each other has left the pipeline: one stage works on all of them, and the `widest`
 * goes through the others besides (permutation flow shop of stages that are equally fast).
 */
export function pipelinedPrefill({ period }: Passage, microbatches: number, widest: Passage): number {
  return widest.latency - widest.period + microbatches * period
}
