import { stepWidth } from '../../load.ts'
import { draftingOf } from '../drafts.ts'
import type { Gaps } from '../gaps.ts'
import { type Feed, makePipeline, type Pipeline } from '../pipeline.ts'
import { makeProgress, makeRank, type Progress } from '../rank.ts'
import type { Requests } from '../requests.ts'
import { replicasOf } from '../route.ts'
import { makeSource } from '../source.ts'
import type { PairReplayInput, PairSide } from './replay-pair.ts'

/** The workers of one side, and what they know of requests: on decode workers a request arrives when its KV is there. */
export interface Side {
  readonly feed: Feed
  readonly pipelines: readonly Pipeline[]
  readonly progress: Progress
  /** Worker of each request; absent: one with the fewest. */
  readonly to: Int32Array | undefined
}

export function sideOf(role: 'prefill' | 'decode', input: PairReplayInput, requests: Requests, gaps: Gaps): Side {
  const { arrivals, seed, routing = 'least-loaded' } = input
  const { engine, workers }: PairSide = input[role]
  const count = requests.isl.length
  const arrival = new Float64Array(count)
  const source = makeSource(arrivals, arrival, engine.perRequest, seed)
  const feed: Feed = { source, base: 0, pipelines: [] }
  const progress = makeProgress(requests, arrival, gaps)
  const most = Math.floor(engine.budget / stepWidth(engine.speculation))
  const [seats, schedulers] = [Math.max(1, Math.min(Math.ceil(engine.seats / engine.pp), most)), engine.attentionDp * engine.pp]
  const drafting = draftingOf(engine.speculation, count, seed)
  for (let i = 0; i < workers; i++) {
    const ranks = Array.from({ length: schedulers }, (_, j) => makeRank({ ...engine, seats }, progress, drafting(i * schedulers + j), role))
    makePipeline(ranks, engine.attentionDp, feed, arrival[0])
  }
  if (role === 'decode') arrival.fill(Number.NaN)
  const to = routing === 'least-loaded' ? undefined : replicasOf(routing, count, workers, { session: requests.session, seed })
  return { feed, pipelines: feed.pipelines, progress, to }
}

/** Prompts that are answered with one token. */
export function prefillRequests(requests: Requests): Requests {
  return { ...requests, osl: requests.osl.map(() => 1) }
}

/** What comes to decode workers: no cache is looked at, all KV comes. */
export function decodeRequests({ isl, osl }: Requests): Requests {
  return { isl, osl, cached: new Int32Array(isl.length) }
}
