import { type Lane, load, type Pipeline } from '../pipeline.ts'
import type { Rank } from '../rank.ts'

/** A scheduler of a worker, the lane that it steps with, and the network card of its GPUs. */
export interface Place {
  readonly lane: Lane
  readonly rank: Rank
  /** Numbers of the worker and, over all workers of the side, of the attention-DP rank. */
  readonly worker: number
  readonly link: number
  /** On a decode worker: requests that room is not promised to yet, in the order in which they came, and those whose KV is on its way. */
  readonly wanting: number[]
  coming: number
}

export function placesOf(pipelines: readonly Pipeline[]): readonly Place[] {
  return pipelines.flatMap(({ lanes }, worker) =>
    lanes.flatMap((lane) =>
      lane.ranks.map((rank, i): Place => ({ lane, rank, worker, link: worker * lane.ranks.length + i, wanting: [], coming: 0 })),
    ),
  )
}

/** The place with the fewest requests of the worker with the fewest, or of the worker that is named. */
export function placeFor(places: readonly Place[], workers: number, worker: number | undefined): Place {
  const loadOf = ({ rank, wanting, coming }: Place) => load(rank) + wanting.length + coming
  const loads = new Int32Array(workers)
  for (const place of places) loads[place.worker] += loadOf(place)
  const to = worker ?? loads.indexOf(loads.reduce((a, b) => Math.min(a, b)))
  return places.filter((place) => place.worker === to).reduce((a, b) => (loadOf(b) < loadOf(a) ? b : a))
}
