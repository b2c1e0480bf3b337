import { release } from './blocks.ts'
import { acceptDrafts } from './drafts.ts'
import { blocksOfRequest } from './engine.ts'
import { addGap } from './gaps.ts'
import { remove } from './list.ts'
import { blocksHeld, endGaps, type Rank, startDecoding, stopDecoding } from './rank.ts'

/** Ends a step at `now`: its tokens are made. Returns how many requests finished with it. */
export function endStep(rank: Rank, now: number): number {
  const { progress, work, completing } = rank
  const { made, requests, records, lastToken, gaps } = progress
  let finished = work.decodes > 0 ? endRound(rank, now) : 0
  for (const r of completing) {
    made[r]++
    if (Number.isNaN(records.first[r])) records.first[r] = now
    else addGap(gaps, now - lastToken[r], 1)
    lastToken[r] = now
    if (made[r] === requests.osl[r]) {
      finish(rank, r, now)
      finished++
    } else startDecoding(rank, r)
  }
  return finished
}

function endRound(rank: Rank, now: number): number {
  endGaps(rank, now)
  rank.fresh.length = 0
  rank.roundEnd = now
  if (rank.drafting !== undefined) acceptDrafts(rank, rank.drafting)
  rank.round++
  rank.decodeTokens += rank.decoding
  const ending = rank.ends[rank.round & (rank.ends.length - 1)]
  const finished = ending.size
  while (ending.head >= 0) {
    const r = ending.head
    stopDecoding(rank, r)
    finish(rank, r, now)
  }
  return finished
}

function finish(rank: Rank, r: number, now: number): void {
  const { progress, engine, late, running, blocks } = rank
  progress.records.finish[r] = now
  remove(running, progress.queues, r)
  if (rank.outbox !== undefined) {
    rank.held++
    rank.outbox.push(r)
    return
  }
  const freed = blocksHeld(rank, r)
  const { isl, osl } = progress.requests
  const reserved = engine.scheduler.admission === 'reserve-all' ? blocksOfRequest(engine, isl[r], osl[r]) : 0
  if (rank.freesLate) {
    late.blocks += freed
    late.reserved += reserved
    late.seats++
    return
  }
  release(blocks, -1, freed)
  rank.reserved -= reserved
  rank.blocked = false
}

/** What the step before freed, now known to the scheduler; whether there was any. */
export function releaseLate(rank: Rank): boolean {
  const { late, blocks } = rank
  if (late.seats === 0) return false
  release(blocks, -1, late.blocks)
  rank.reserved -= late.reserved
  late.blocks = 0
  late.reserved = 0
  late.seats = 0
  rank.blocked = false
  return true
}
