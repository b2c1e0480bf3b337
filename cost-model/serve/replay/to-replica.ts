import { pushBack } from './list.ts'
import { type Feed, type Lane, laneLoad, load, type Pipeline, wake } from './pipeline.ts'
import { hitOf } from './prefixes.ts'
import type { Rank } from './rank.ts'

/** To a replica (absent: one with the fewest requests), and there to the rank with the fewest. A lane that stood idle begins now. */
export function route({ pipelines }: Feed, request: number, now: number, replicas: Int32Array | undefined): void {
  const pipeline = pipelines.length === 1 ? pipelines[0] : replicas === undefined ? leastLoaded(pipelines) : pipelines[replicas[request]]
  const { lane, rank } = freest(pipeline, load)
  wake(lane, now)
  const { queues, requests } = rank.progress
  if (requests.prefixes !== undefined) {
    requests.cached[request] = hitOf(requests.prefixes, pipeline.seen[lane.ranks.indexOf(rank)], request, requests.isl[request])
  }
  pushBack(rank.waiting, queues, request)
}

/** The rank with the least load, the first of several. */
function freest({ lanes }: Pipeline, loadOf: (rank: Rank) => number): { readonly lane: Lane; readonly rank: Rank } {
  let [to, lane] = [lanes[0].ranks[0], lanes[0]]
  for (const l of lanes) for (const rank of l.ranks) if (loadOf(rank) < loadOf(to)) [to, lane] = [rank, l]
  return { lane, rank: to }
}

function leastLoaded(pipelines: readonly Pipeline[]): Pipeline {
  const loadOf = ({ lanes }: Pipeline) => lanes.reduce((sum, lane) => sum + laneLoad(lane), 0)
  let [least, of] = [loadOf(pipelines[0]), pipelines[0]]
  for (const pipeline of pipelines) {
    const requests = loadOf(pipeline)
    if (requests < least) [least, of] = [requests, pipeline]
  }
  return of
}
