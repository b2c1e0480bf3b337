import { pushBack, remove } from '../list.ts'
import { type Rank, startDecoding } from '../rank.ts'

/**
 * Requests whose KV has come by the horizon of a step take seats and decode with it, first come first served; one that lost its KV goes first, as
 * long as anybody runs.
 */
export function joinLanded(rank: Rank, horizon: number, now: number): void {
  const { landed, waiting, running, late, engine, progress } = rank
  const { queues, records, made, lastToken } = progress
  while (landed.head >= 0 && records.arrival[landed.head] <= horizon) {
    const r = landed.head
    if (running.size + late.seats >= engine.seats || (waiting.size > 0 && running.size > 0)) return
    remove(landed, queues, r)
    pushBack(running, queues, r)
    records.admitted[r] = now
    // Who is to make the first token again has none yet. Otherwise it comes now, unless the prefill worker has given it.
    if (made[r] > 0 && Number.isNaN(records.first[r])) {
      records.first[r] = now
      lastToken[r] = now
    }
    startDecoding(rank, r)
  }
}
