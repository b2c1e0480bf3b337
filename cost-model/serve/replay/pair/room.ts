import { fits } from '../admit.ts'
import { release, take } from '../blocks.ts'
import { blocksOfRequest } from '../engine.ts'
import type { Rank } from '../rank.ts'

/** Whether a decode worker's rank promises room to a request: as its engine admits, which waits while all seats are taken or somebody lost KV. */
export function hasRoom(rank: Rank, r: number): boolean {
  const { running, landed, late, waiting, engine } = rank
  return running.size + landed.size + late.seats < engine.seats && waiting.size === 0 && fits(rank, r)
}

/** Sets the KV of a request's prompt aside on a decode worker's rank. */
export function promise(rank: Rank, r: number): void {
  const { blocks, engine, progress } = rank
  const { isl, osl } = progress.requests
  take(blocks, Math.ceil(progress.computed[r] / engine.blockTokens))
  if (engine.scheduler.admission === 'reserve-all') rank.reserved += blocksOfRequest(engine, isl[r], osl[r])
}

/** The KV of a prompt has left a prefill worker's rank: its room is free. */
export function releaseHeld(rank: Rank, r: number): void {
  const { blocks, engine, progress } = rank
  const { isl, osl } = progress.requests
  release(blocks, -1, Math.ceil(progress.computed[r] / engine.blockTokens))
  if (engine.scheduler.admission === 'reserve-all') rank.reserved -= blocksOfRequest(engine, isl[r], osl[r])
  rank.held--
  rank.blocked = false
}
