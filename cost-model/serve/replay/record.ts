import { blocksEach } from './engine.ts'
import type { Lane, Pipeline } from './pipeline.ts'
import { addStretch, type SeriesSums } from './series.ts'
import type { Took } from './take-step.ts'

/** Tokens that a step of a lane gives. */
export function tokensGiven({ ranks }: Lane, { rounds }: Took): number {
  return ranks.reduce((sum, { work, completing }) => sum + rounds * work.gained + completing.length, 0)
}

/** What a replica is like from the end of its step before (or `now`) until the end of this one: sums over `replicas`; of KV the mean share. */
export function record(
  series: SeriesSums,
  pipeline: Pipeline,
  now: number,
  origin: number,
  tokens: number,
  { end }: Took,
  replicas: number,
): void {
  let [queue, batch, used, blocks] = [0, 0, 0, 0]
  for (const { ranks } of pipeline.lanes) {
    for (const { waiting, landed, running, engine, blocks: kv } of ranks) {
      queue += waiting.size + landed.size
      batch += running.size
      blocks += blocksEach(engine)
      used += blocksEach(engine) - kv.free
    }
  }
  const from = Math.max(pipeline.lastEnd, now) - origin
  addStretch(series, from, end - origin, queue, batch, Number.isFinite(blocks) ? used / blocks / replicas : 0, tokens)
  pipeline.lastEnd = end
}
