import { type Lane, type Pipeline, readyTime } from '../pipeline.ts'

/** Rounds that are looked through for one that ends a request: no stretch is longer. */
const most = 32

/**
 * A time before which no other lane of these workers finishes a request: in closed loop another one follows it, and may come anywhere. Rounds
 * before that are taken to be at least half as long as the last one, in which they may give several tokens.
 */
export function soonestFinish(pipelines: readonly Pipeline[], except: Lane, tokensPerRound: number): number {
  let soonest = Number.POSITIVE_INFINITY
  for (const { lanes } of pipelines) {
    for (const lane of lanes) {
      if (lane === except) continue
      const rounds = roundsToFinish(lane)
      if (rounds > 0) soonest = Math.min(soonest, readyTime(lane) + ((rounds - 1) * lane.round) / tokensPerRound / 2)
    }
  }
  return soonest
}

/** 0: the lane has nobody. */
function roundsToFinish({ ranks }: Lane): number {
  let rounds = 0
  for (const { decoding, waiting, landed, running, round, ends } of ranks) {
    if (waiting.size + landed.size + running.size === 0) continue
    if (waiting.size + landed.size + running.size > decoding) return 1
    let ahead = 1
    while (ahead < most && ends[(round + ahead) & (ends.length - 1)].size === 0) ahead++
    rounds = rounds === 0 ? ahead : Math.min(rounds, ahead)
  }
  return rounds
}
